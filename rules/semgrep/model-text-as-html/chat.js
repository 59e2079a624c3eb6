import DOMPurify from "dompurify";
import { marked } from "marked";

async function ask(question, bubble, log) {
  const response = await fetch("/api/chat", { method: "POST", body: question });
  const data = await response.json();
  // ruleid: model-text-as-html
  bubble.innerHTML = data.answer;
  // ruleid: model-text-as-html
  log.insertAdjacentHTML("beforeend", `<p>${marked.parse(data.answer)}</p>`);
  // ok: model-text-as-html
  bubble.innerHTML = DOMPurify.sanitize(marked.parse(data.answer));
  // ok: model-text-as-html
  bubble.textContent = data.answer;
  // ok: model-text-as-html
  bubble.innerHTML = "<em>thinking</em>";
  // ok: model-text-as-html
  bubble.innerHTML = `<b>${escapeHtml(data.answer)}</b>`;
  // ok: model-text-as-html
  bubble.innerHTML = `${data.items.length} answers`;
}

async function direct(client, bubble) {
  const completion = await client.chat.completions.create({ model: "m", messages: [] });
  // ruleid: model-text-as-html
  bubble.innerHTML = completion.choices[0].message.content;
}
