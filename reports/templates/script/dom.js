// Everything on the page is placed as text: no string of the data is ever read as markup.
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const titled = (title, ...children) => h("div", {}, h("h3", {}, title), ...children);
const link = (href, text) => h("a", { href, rel: "noopener noreferrer" }, text);

function copyButton(label, text) {
  const button = h("button", { type: "button", class: "button" }, label);
  button.addEventListener("click", async () => {
    const done = await copied(text());
    button.textContent = done ? "Copied" : "Copying is not allowed here";
    setTimeout(() => { button.textContent = label; }, 1600);
  });
  return button;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { "aria-hidden": "true", class: "sr" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

// A text with every occurrence of some others in it marked.
function marked(text, marks) {
  const parts = [];
  let at = 0;
  while (at < text.length) {
    let next = -1;
    let hit = "";
    for (const mark of marks) {
      const place = mark ? text.indexOf(mark, at) : -1;
      if (place >= 0 && (next < 0 || place < next || (place === next && mark.length > hit.length))) {
        next = place;
        hit = mark;
      }
    }
    if (next < 0) break;
    if (next > at) parts.push(text.slice(at, next));
    parts.push(h("mark", {}, hit));
    at = next + hit.length;
  }
  parts.push(text.slice(at));
  return parts;
}
