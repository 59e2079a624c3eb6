import ldap3
from flask import Flask, request
from ldap3.utils.conv import escape_filter_chars

app = Flask(__name__)


@app.route("/people")
def people():
    name = request.args["name"]
    conn = ldap3.Connection("ldap://directory")
    # ruleid: untrusted-input-in-ldap
    conn.search("ou=people", f"(uid={name})")
    # ruleid: untrusted-input-in-ldap
    conn.search(search_base="ou=people", search_filter="(uid=" + name + ")")
    # ok: untrusted-input-in-ldap
    conn.search("ou=people", f"(uid={escape_filter_chars(name)})")
    # ok: untrusted-input-in-ldap
    conn.search("ou=people", "(objectClass=person)", attributes=[name])
    return str(conn.entries)


@app.route("/plain")
def plain():
    name = request.args["name"]
    if not name.isalnum():
        return "no", 400
    conn = ldap3.Connection("ldap://directory")
    # ok: untrusted-input-in-ldap
    conn.search("ou=people", f"(uid={name})")
    return str(conn.entries)
