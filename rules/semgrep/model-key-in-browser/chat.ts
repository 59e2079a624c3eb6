import OpenAI from "openai";

// ruleid: model-key-in-browser
const browser = new OpenAI({ apiKey: key, dangerouslyAllowBrowser: true });
// ruleid: model-key-in-browser
const a = process.env.NEXT_PUBLIC_OPENAI_API_KEY;
// ruleid: model-key-in-browser
const b = import.meta.env.VITE_ANTHROPIC_API_KEY;
// ok: model-key-in-browser
const server = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });
// ok: model-key-in-browser
const c = process.env.NEXT_PUBLIC_OPENAI_MODEL;
// ok: model-key-in-browser
const d = import.meta.env.VITE_MAPS_API_KEY;
// ok: model-key-in-browser
const e = new OpenAI({ apiKey: key, dangerouslyAllowBrowser: false });
