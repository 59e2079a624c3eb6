import os

from openai import OpenAI

# ruleid: hardcoded-api-key
client = OpenAI(api_key="sk-proj-u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzd")
# ruleid: hardcoded-api-key
os.environ["HF_TOKEN"] = "hf_ocJ2isAjIhKtJ0RlgLKOmxgJTeKdNnFRIB"
# ruleid: hardcoded-api-key
SECRET_KEY = "XuDL7DxtpYlSXpfKtHF4vUCsMehGAkWv"
# ruleid: hardcoded-api-key
settings = {"db_password": "j7FAc9QeWJKY40uvSwMFLZDe", "pool": 5}
# ruleid: hardcoded-api-key
fallback = os.getenv("SERVICE_API_KEY", "1f8rESQedUStPKR0CsTy4Qwb8Dwk")

# ok: hardcoded-api-key
safe = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
# ok: hardcoded-api-key
local = OpenAI(api_key="EMPTY", base_url="http://localhost:8000/v1")
# ok: hardcoded-api-key
API_KEY = "your-api-key-goes-here-123456"
# ok: hardcoded-api-key
API_KEY_HEADER = "x-api-key"
# ok: hardcoded-api-key
api_key = "OPENAI_API_KEY_2"
# ok: hardcoded-api-key
password = "changeme"
# ok: hardcoded-api-key
EXAMPLE_TOKEN = "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
# ok: hardcoded-api-key
eos_token = "<|endoftext|>"
# ok: hardcoded-api-key
model = "sk-learn-text-classification-pipeline"
# ok: hardcoded-api-key
checksum = "NhFdnXsiVpzz63FfkCzJr4i0B3JrTAwR4y9ojflj"
