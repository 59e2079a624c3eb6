const jwt = require("jsonwebtoken");

app.use((req, res, next) => {
  // ruleid: unverified-token-in-script
  const user = jwt.decode(req.headers.authorization);
  req.user = user;
  next();
});

function check(token, key) {
  // ruleid: unverified-token-in-script
  jwt.verify(token, key, { algorithms: ["none", "HS256"] });
  // ok: unverified-token-in-script
  jwt.verify(token, key, { algorithms: ["RS256"] });
}

app.use((req, res, next) => {
  const sure = jwt.verify(req.headers.authorization, KEY, { algorithms: ["RS256"] });
  // ok: unverified-token-in-script
  const head = jwt.decode(req.headers.authorization);
  next();
});

function remaining(token) {
  // ok: unverified-token-in-script
  const claims = jwtDecode(token);
  return claims.exp;
}
