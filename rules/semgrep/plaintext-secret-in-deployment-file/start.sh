#!/bin/sh
# ruleid: plaintext-secret-in-deployment-file
export WANDB_API_KEY=4f9a1c77be02d6538a9e41c0aa
# ok: plaintext-secret-in-deployment-file
export WANDB_API_KEY="$(cat /run/secrets/wandb1)"
# ruleid: plaintext-secret-in-deployment-file
docker run -e OPENAI_API_KEY=sk-proj-9fQ2kLm4Zr7Xw1Bv8Tn3 server
# ruleid: plaintext-secret-in-deployment-file
huggingface-cli login --token hf_Qm5Rt8Yp2Wk9Xv4Bn7Zc3Ld6
# ok: plaintext-secret-in-deployment-file
huggingface-cli login --token "$HF_TOKEN"
# ok: plaintext-secret-in-deployment-file
docker run -e OPENAI_API_KEY --env-file .env2024 server
# ok: plaintext-secret-in-deployment-file
vllm serve m --tokenizer mistral7b-v03
# ok: plaintext-secret-in-deployment-file
vllm serve m --max-num-batched-tokens 16384
