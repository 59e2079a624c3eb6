import vm from "node:vm";

app.post("/calc", (req, res) => {
  // ruleid: untrusted-text-in-script
  const a = eval(req.body.formula);
  // ruleid: untrusted-text-in-script
  const b = new Function("x", req.body.formula);
  // ok: untrusted-text-in-script
  const c = JSON.parse(req.body.formula);
  // ok: untrusted-text-in-script
  const d = eval("1 + 1");
});

async function agent(client: any) {
  const completion = await client.chat.completions.create({ model: "m", messages: [] });
  // ruleid: untrusted-text-in-script
  vm.runInNewContext(completion.choices[0].message.content, {});
  // ok: untrusted-text-in-script
  vm.runInNewContext(PLUGIN, { text: completion.choices[0].message.content });
}

app.post("/formula", ({ body }, res) => {
  // ruleid: untrusted-text-in-script
  eval(body.formula);
});

app.post("/known", (req, res) => {
  const { formula } = req.body;
  if (!FORMULAS.has(formula)) return res.sendStatus(400);
  // ok: untrusted-text-in-script
  eval(formula);
});
