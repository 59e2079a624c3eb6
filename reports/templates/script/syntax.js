// Colours for a few lines of source: comments, strings, keywords, numbers, decorators. It is no
// parser, and knows just enough of each language not to be wrong often.
const KEYWORDS = {
  py: "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield",
  js: "as async await break case catch class const continue default delete do else export extends false finally for from function if import in instanceof interface let new null of return static super switch this throw true try type typeof undefined var void while yield",
  tf: "data for each false for_each if in locals module null output provider resource terraform true variable",
  sh: "case do done elif else esac export fi for function if in local return set then until while",
  docker: "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN SHELL STOPSIGNAL USER VOLUME WORKDIR",
  yaml: "false null true",
};
const HASH = "#[^\\n]*";
const QUOTED = "\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])*'";
const TRIPLE = "\"\"\"[\\s\\S]*?(?:\"\"\"|$)|'''[\\s\\S]*?(?:'''|$)";
const SLASHES = "//[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$)";
const SHAPES = {
  py: [HASH, `[rbfuRBFU]{0,2}(?:${TRIPLE}|${QUOTED})`],
  js: [SLASHES, `${QUOTED}|\`(?:\\\\.|[^\`\\\\])*(?:\`|$)`],
  tf: [`${HASH}|${SLASHES}`, QUOTED],
  sh: [HASH, QUOTED],
  docker: [HASH, QUOTED],
  yaml: ["(?<=^|\\s)#[^\\n]*", QUOTED],
};

function language(path) {
  const name = path.toLowerCase().split("/").pop();
  if (/\.(pyw?|ipynb)$/.test(name)) return "py";
  if (/\.[cm]?[jt]sx?$/.test(name)) return "js";
  if (/\.(tf|tfvars)$/.test(name)) return "tf";
  if (/\.(ba)?sh$/.test(name)) return "sh";
  if (/dockerfile|containerfile/.test(name)) return "docker";
  if (/\.(ya?ml|json)$/.test(name)) return "yaml";
  return "";
}

// The lines, each as a list of pieces: a class ("" for none) and a text.
function coloured(lines, path) {
  const kind = language(path);
  if (!kind) return lines.map((line) => [["", line]]);
  const [comment, string] = SHAPES[kind];
  const pattern = new RegExp(
    `(${comment})|(${string})|(@[A-Za-z_][\\w.]*)|\\b(${KEYWORDS[kind].replaceAll(" ", "|")})\\b|\\b(0[xX][\\da-fA-F]+|\\d[\\d_]*(?:\\.\\d+)?)\\b`,
    "gm",
  );
  const classes = ["", "t-c", "t-s", "t-d", "t-k", "t-n"];
  const rows = [[]];
  const put = (name, text) => {
    text.split("\n").forEach((part, index) => {
      if (index) rows.push([]);
      if (part) rows.at(-1).push([name, part]);
    });
  };
  const text = lines.join("\n");
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    put("", text.slice(at, match.index));
    put(classes[match.slice(1).findIndex((group) => group !== undefined) + 1], match[0]);
    at = match.index + match[0].length;
  }
  put("", text.slice(at));
  return rows;
}
