// ruleid: provider-key-in-script
const a = new OpenAI({ apiKey: "sk-proj-9fQ2kLm4Zr7Xw1Bv8Tn3Yp6" });
// ruleid: provider-key-in-script
const headers = { Authorization: "Bearer hf_Qm5Rt8Yp2Wk9Xv4Bn7Zc3Ld6Hs1Jg0Fq" };
// ok: provider-key-in-script
const b = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });
// ok: provider-key-in-script
const c = "sk-your-key-here-0000000000000000";
// ok: provider-key-in-script
const d = "sk-learn-style-pipeline-name-for-models";
