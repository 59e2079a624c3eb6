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
