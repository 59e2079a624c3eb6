// The findings: as JSON, or, where there are many, as base64 of gzip.
async function load() {
  const element = document.getElementById("data");
  const text = "packed" in element.dataset ? await unpacked(element.textContent) : element.textContent;
  element.remove();
  return JSON.parse(text);
}

async function unpacked(text) {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("This browser can't unpack the findings: open the page in a newer one, or read result.json.");
  }
  const raw = atob(text.trim());
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function searchable(item, data) {
  const rule = data.rules[item.rule];
  const parts = [item.message, item.where, rule.id, rule.title, item.status, ...item.engines, ...item.categories,
    ...item.operations, ...rule.ids.map((id) => id.text), item.id];
  return parts.join("\n").toLowerCase();
}

// The values of a finding in each field that can be filtered or grouped by.
function values(item, field, data) {
  switch (field) {
    case "engine": return item.engines;
    case "category": return item.categories;
    case "operation": return item.operations;
    case "rule": return [data.rules[item.rule].id];
    case "file": return item.file ? [item.file] : [];
    case "blocks": return item.blocks ? ["yes"] : [];
    default: return [item[field]];
  }
}
