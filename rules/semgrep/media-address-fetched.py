import io
import urllib.request
from urllib.parse import urlparse

import httpx
import requests
from PIL import Image
from starlette.datastructures import UploadFile

ALLOWED_HOSTS = {"images.example.com"}


def load_image(image_url: str):
    # ruleid: media-address-fetched
    reply = requests.get(image_url, timeout=3)
    return Image.open(io.BytesIO(reply.content))


def fetch_audio(url):
    # ruleid: media-address-fetched
    with urllib.request.urlopen(url) as reply:
        return reply.read()


async def ensure_file(obj: str | UploadFile) -> UploadFile:
    if isinstance(obj, UploadFile):
        return obj
    async with httpx.AsyncClient() as client:
        obj = obj.strip('"')
        # ruleid: media-address-fetched
        reply = await client.get(obj)
        return UploadFile(io.BytesIO(await reply.aread()))


class MediaConnector:
    def load_from_url(self, url, media_io, timeout=None):
        if urlparse(url).scheme.startswith("http"):
            # ruleid: media-address-fetched
            return media_io.load_bytes(self.connection.get_bytes(url, timeout=timeout))
        raise ValueError(url)

    def load_checked(self, url, media_io):
        self._assert_url_in_allowed_domains(urlparse(url))
        # ok: media-address-fetched
        return media_io.load_bytes(self.connection.get_bytes(url))


def load_known_image(image_url: str):
    if urlparse(image_url).hostname not in ALLOWED_HOSTS:
        raise ValueError(image_url)
    # ok: media-address-fetched
    return requests.get(image_url, timeout=3).content


def load_public_image(image_url: str):
    if is_private_address(image_url):
        raise ValueError(image_url)
    # ok: media-address-fetched
    return requests.get(image_url, timeout=3).content


def load_logo():
    # ok: media-address-fetched
    return requests.get("https://images.example.com/logo.png", timeout=3).content


def describe_image(client, picture, question):
    # ok: media-address-fetched
    return client.get("/models", params={"question": question, "picture": picture})


class Hub:
    def fetch(self, url):
        # ok: media-address-fetched
        return self.client.get(url)


def cached_image(image_url, redis_client):
    # ok: media-address-fetched
    return redis_client.get(image_url)


def cached_picture(image_url):
    client = redis.Redis()
    # ok: media-address-fetched
    return client.get(image_url)
