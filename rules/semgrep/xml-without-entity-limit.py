import io
import xml.etree.ElementTree as ET
from xml import sax
from xml.dom import minidom
from xml.etree.ElementTree import fromstring as read_xml

# defusedxml would be the hardened parser.
SCHEMA = "<root/>"


def parse_completion(text):
    # ruleid: xml-without-entity-limit
    return ET.fromstring(text.strip())


async def upload(request):
    # ruleid: xml-without-entity-limit
    document = minidom.parseString(await request.body())
    # ruleid: xml-without-entity-limit
    tree = ET.parse(io.BytesIO(await request.body()))
    return document, tree


def own_files(path, element):
    # ok: xml-without-entity-limit
    first = ET.parse(path)
    # ok: xml-without-entity-limit
    second = ET.fromstring("<root/>")
    # ok: xml-without-entity-limit
    third = ET.fromstring(SCHEMA)
    # ok: xml-without-entity-limit
    pretty = minidom.parseString(ET.tostring(element)).toprettyxml()
    return first, second, third, pretty


def without_types(text):
    if "<!DOCTYPE" in text:
        raise ValueError("no document types")
    # ok: xml-without-entity-limit
    return ET.fromstring(text)


def other_names(text, handler):
    # ruleid: xml-without-entity-limit
    sax.parseString(text, handler)
    # ruleid: xml-without-entity-limit
    sax.parse(io.BytesIO(text), handler)
    # ruleid: xml-without-entity-limit
    first = read_xml(text)
    # ruleid: xml-without-entity-limit
    second = ET.fromstring(text, parser=ET.XMLParser(encoding="utf-8"))
    # ruleid: xml-without-entity-limit
    third = ET.fromstring(
        text,
        ET.XMLParser(target=ET.TreeBuilder()),
    )
    return first, second, third


def with_a_hardened_parser(text):
    # ok: xml-without-entity-limit
    return ET.fromstring(text, parser=DefusedXMLParser())
