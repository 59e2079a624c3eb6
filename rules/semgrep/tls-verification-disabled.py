import ssl

import aiohttp
import httpx
import requests


def insecure(url, session):
    # ruleid: tls-verification-disabled
    a = requests.get(url, verify=False, timeout=5)
    # ruleid: tls-verification-disabled
    b = httpx.AsyncClient(verify=False)
    # ruleid: tls-verification-disabled
    session.verify = False
    # ruleid: tls-verification-disabled
    c = aiohttp.TCPConnector(ssl=False)
    context = ssl.create_default_context()
    # ruleid: tls-verification-disabled
    context.check_hostname = False
    # ruleid: tls-verification-disabled
    context.verify_mode = ssl.CERT_NONE
    return a, b, c


def secure(url, settings, image):
    # ok: tls-verification-disabled
    a = requests.get(url, timeout=5)
    # ok: tls-verification-disabled
    b = httpx.Client(verify="/etc/ssl/internal-ca.pem")
    # ok: tls-verification-disabled
    c = requests.get(url, verify=settings.verify_tls, timeout=5)
    # ok: tls-verification-disabled
    image.save(url, verify=False)
    # ok: tls-verification-disabled
    model = settings.load(url, verify=False)
    context = ssl.create_default_context()
    # ok: tls-verification-disabled
    context.verify_mode = ssl.CERT_REQUIRED
    return a, b, c, model, context
