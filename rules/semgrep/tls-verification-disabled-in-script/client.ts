import https from "node:https";

// ruleid: tls-verification-disabled-in-script
const open = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
// ruleid: tls-verification-disabled-in-script
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
// ok: tls-verification-disabled-in-script
const strict = new https.Agent({ rejectUnauthorized: true });
// ok: tls-verification-disabled-in-script
const own = new https.Agent({ ca: authority });
// ok: tls-verification-disabled-in-script
const mode = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
// ok: tls-verification-disabled-in-script
const server = https.createServer({ key, cert, requestCert: true, rejectUnauthorized: false }, app);
