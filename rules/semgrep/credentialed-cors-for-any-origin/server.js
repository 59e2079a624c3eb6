// ruleid: credentialed-cors-for-any-origin
app.use(cors({ origin: true, credentials: true }));
// ruleid: credentialed-cors-for-any-origin
app.use(cors({ credentials: true, methods: ["GET"], origin: "*" }));
// ok: credentialed-cors-for-any-origin
app.use(cors({ origin: "*" }));
// ok: credentialed-cors-for-any-origin
app.use(cors({ origin: ["https://chat.example.org"], credentials: true }));

function mirror(req, res) {
  // ruleid: credentialed-cors-for-any-origin
  res.setHeader("Access-Control-Allow-Origin", req.headers.origin);
  res.setHeader("Access-Control-Allow-Credentials", "true");
}

function mirrorWithoutCredentials(req, res) {
  // ok: credentialed-cors-for-any-origin
  res.setHeader("Access-Control-Allow-Origin", req.headers.origin);
}

function listed(req, res) {
  if (ORIGINS.includes(req.headers.origin)) {
    // ok: credentialed-cors-for-any-origin
    res.setHeader("Access-Control-Allow-Origin", req.headers.origin);
    res.setHeader("Access-Control-Allow-Credentials", "true");
  }
}
