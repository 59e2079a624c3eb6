export function Answer({ completion, trusted }) {
  const text = completion.choices[0].message.content;
  // ruleid: model-text-as-html
  const shown = <div dangerouslySetInnerHTML={{ __html: text }} />;
  // ok: model-text-as-html
  const plain = <div>{text}</div>;
  // ok: model-text-as-html
  const fixed = <div dangerouslySetInnerHTML={{ __html: trusted }} />;
  return [shown, plain, fixed];
}
