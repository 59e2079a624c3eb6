const { exec, execFile, spawn } = require("child_process");

app.post("/convert", (req, res) => {
  // ruleid: untrusted-text-in-shell
  exec(`convert ${req.body.file} out.png`);
  const name = req.query.name;
  // ruleid: untrusted-text-in-shell
  spawn("ls " + name, [], { shell: true });
  // ok: untrusted-text-in-shell
  execFile("convert", [req.body.file, "out.png"]);
  // ok: untrusted-text-in-shell
  exec("convert " + Number(req.body.page) + " out.png");
  // ok: untrusted-text-in-shell
  exec(COMMANDS[req.body.action]);
});

async function agent(client) {
  const completion = await client.chat.completions.create({ model: "m", messages: [] });
  const command = completion.choices[0].message.content;
  // ruleid: untrusted-text-in-shell
  exec(command);
}

function match(req, pattern) {
  // ok: untrusted-text-in-shell
  return pattern.exec(req.body.text);
}

app.post("/apart", (req, res) => {
  // ruleid: untrusted-text-in-shell
  exec(req.body["cmd"]);
  const { cmd } = req.body;
  // ruleid: untrusted-text-in-shell
  exec(cmd);
  const { body, params: { id } } = req;
  // ruleid: untrusted-text-in-shell
  exec(`ls ${body.dir}`);
  const sent = req.body;
  // ruleid: untrusted-text-in-shell
  exec(sent.dir);
  const r = req;
  // ruleid: untrusted-text-in-shell
  exec(r.query.dir);
  const key = "dir";
  // ruleid: untrusted-text-in-shell
  exec(sent[key]);
});

app.post("/destructured", ({ body }, res) => {
  // ruleid: untrusted-text-in-shell
  exec(body.command);
});

app.post("/fields", async ({ query: { dir } }, reply) => {
  // ruleid: untrusted-text-in-shell
  exec("ls " + dir);
});

router.get("/other-names", function (r, res) {
  // ruleid: untrusted-text-in-shell
  exec("ls " + r.query.dir);
});

app.post("/warned", (req, res) => {
  const { action } = req.body;
  if (!ACTIONS.includes(action)) {
    console.warn("unknown action", action);
  }
  // ruleid: untrusted-text-in-shell
  exec(action);
});

app.post("/refused", (req, res) => {
  const { action, model } = req.body;
  if (!ACTIONS.includes(action)) {
    console.warn("unknown action", action);
    return res.status(400).end();
  }
  // ok: untrusted-text-in-shell
  exec(action);
  if (!/^[a-z0-9-]+$/.test(model)) throw new Error("model");
  // ok: untrusted-text-in-shell
  exec(`llama ${model}`);
  // ruleid: untrusted-text-in-shell
  exec(`llama ${req.body.size}`);
});

app.post("/when-listed", (req, res) => {
  const action = req.body.action;
  if (ACTIONS.has(action)) {
    // ok: untrusted-text-in-shell
    exec(action);
  }
  const commands = { list: "ls", disk: "df" };
  // ok: untrusted-text-in-shell
  exec(commands[req.body.action]);
});

const Body = z.object({ action: z.enum(["list", "disk"]), lines: z.number().int() });
const Loose = z.object({ action: z.string().max(100) });

app.post("/schema", (req, res) => {
  const { action, lines } = Body.parse(req.body);
  // ok: untrusted-text-in-shell
  exec(`${action} -n ${lines}`);
  const loose = Loose.parse(req.body);
  // ruleid: untrusted-text-in-shell
  exec(loose.action);
});

app.post("/upload", upload.single("image"), (req, res) => {
  // ok: untrusted-text-in-shell
  exec(`convert ${req.file.path} out.png`);
  // ruleid: untrusted-text-in-shell
  exec(`convert ${req.file.originalname} out.png`);
});

app.get("/count", (req, res) => {
  // ruleid: untrusted-text-in-shell
  const total = Number(execSync(`wc -l < ${req.query.name}`));
  const most = parseInt(req.query.most);
  // ok: untrusted-text-in-shell
  res.send(execSync(`head -n ${most} log.txt`));
});

app.get("/tail", (req, res) => {
  let first = Number.parseInt(req.query.first);
  var last = Number(req.query.last);
  let step;
  step = parseFloat(req.query.step);
  // ok: untrusted-text-in-shell
  res.send(execSync(`seq ${first} ${step} ${last}`));
});

app.get("/page", (req, res) => {
  const size = Number(req.query.size), page = parseInt(req.query.page), kept = 3;
  const range = { first: Number(req.query.first) };
  // ok: untrusted-text-in-shell
  res.send(execSync(`page ${size} ${page} ${kept} ${range.first}`));
});
