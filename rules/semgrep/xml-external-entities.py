import xml.sax
import xml.sax.handler
from xml.sax.handler import feature_external_ges

from lxml import etree


def sax(handler, features):
    parser = xml.sax.make_parser()
    # ruleid: xml-external-entities
    parser.setFeature(xml.sax.handler.feature_external_ges, True)
    # ruleid: xml-external-entities
    parser.setFeature(feature_external_ges, True)
    # ok: xml-external-entities
    parser.setFeature(xml.sax.handler.feature_external_ges, False)
    # ok: xml-external-entities
    parser.setFeature(xml.sax.handler.feature_namespaces, True)
    return parser


def lxml_parsers():
    # ruleid: xml-external-entities
    open_parser = etree.XMLParser(resolve_entities=True)
    # ruleid: xml-external-entities
    networked = etree.XMLParser(no_network=False)
    # ok: xml-external-entities
    closed = etree.XMLParser(resolve_entities=False, no_network=True)
    # ok: xml-external-entities
    pretty = etree.XMLParser(remove_blank_text=True)
    return open_parser, networked, closed, pretty
