import elementpath
from flask import Flask, request
from lxml import etree

app = Flask(__name__)
root = etree.parse("employees.xml", etree.XMLParser(resolve_entities=False))


@app.route("/employee")
def employee():
    number = request.args["id"]
    # ruleid: untrusted-input-in-xpath
    first = root.xpath(f"/employees/employee[@id='{number}']")
    # ruleid: untrusted-input-in-xpath
    second = elementpath.select(root, "".join(["//employee[@id='", number, "']"]))
    # ok: untrusted-input-in-xpath
    third = root.xpath("/employees/employee[@id=$id]", id=number)
    quoted = number.replace("'", "&apos;")
    # ok: untrusted-input-in-xpath
    fourth = root.xpath(f"/employees/employee[@id='{quoted}']")
    # ok: untrusted-input-in-xpath
    fifth = root.xpath(f"/employees/employee[{int(number)}]")
    return str([first, second, third, fourth, fifth])


@app.route("/checked")
def checked():
    number = request.args["id"]
    if "'" in number:
        return "no quotes", 400
    # ok: untrusted-input-in-xpath
    return str(root.xpath(f"/employees/employee[@id='{number}']"))
