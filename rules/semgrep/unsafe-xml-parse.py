import lxml.etree
from lxml import etree
from lxml import etree as ET


def load(path):
    # ruleid: unsafe-xml-parse
    return etree.parse(path)


def read(text):
    # ruleid: unsafe-xml-parse
    return lxml.etree.fromstring(text)


def stream(file):
    # ruleid: unsafe-xml-parse
    for _, element in ET.iterparse(file, huge_tree=True):
        yield element


def load_with_a_parser(path):
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    # ok: unsafe-xml-parse
    return etree.parse(path, parser)


def read_page(text):
    # ok: unsafe-xml-parse
    return etree.fromstring(text, etree.HTMLParser())


def stream_safely(file):
    # ok: unsafe-xml-parse
    for _, element in etree.iterparse(file, resolve_entities=False):
        yield element


def constant():
    # ok: unsafe-xml-parse
    return etree.fromstring("<empty/>")


def other_libraries(path):
    import xml.etree.ElementTree

    # ok: unsafe-xml-parse
    return xml.etree.ElementTree.parse(path)


def with_the_default(path, text):
    # ruleid: unsafe-xml-parse
    first = etree.parse(path, parser=etree.XMLParser())
    parser = ET.XMLParser()
    # ruleid: unsafe-xml-parse
    second = ET.fromstring(text, parser)
    # ok: unsafe-xml-parse
    third = etree.fromstring(text, parser=etree.XMLParser(resolve_entities=False))
    return first, second, third
