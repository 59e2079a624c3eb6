#!/bin/bash
# ruleid: unpinned-model-in-script
hf download org/name --local-dir /models/name
# ruleid: unpinned-model-in-script
huggingface-cli download --quiet org/name model.safetensors
# ruleid: unpinned-model-in-script
hf download org/name --revision main
# ruleid: unpinned-model-in-script
exec vllm serve org/name --port 8000
# ruleid: unpinned-model-in-script
python -m vllm.entrypoints.openai.api_server --port 8000 --model org/name
# ruleid: unpinned-model-in-script
text-generation-launcher --model-id org/name --num-shard 2
# ruleid: unpinned-model-in-script
curl -fsSLo m.onnx https://huggingface.co/org/name/resolve/main/model.onnx
# ok: unpinned-model-in-script
hf download org/name --revision 5d2f9d4a1c3b7e8f60718293a4b5c6d7e8f90a1b --local-dir /models/name
# ok: unpinned-model-in-script
hf download org/name \
  --revision "$COMMIT" \
  --local-dir /models/name
# ok: unpinned-model-in-script
exec vllm serve /models/name --port 8000
# ok: unpinned-model-in-script
exec vllm serve org/name --revision "$COMMIT"
# ok: unpinned-model-in-script
vllm serve ./models/name
# ok: unpinned-model-in-script
vllm serve "$MODEL" --port 8000
# ok: unpinned-model-in-script
python -m vllm.entrypoints.openai.api_server --model org/name --revision "$COMMIT"
# ok: unpinned-model-in-script
curl -fsSLo m.onnx https://huggingface.co/org/name/resolve/5d2f9d4a1c3b7e8f60718293a4b5c6d7e8f90a1b/model.onnx
# ok: unpinned-model-in-script
hf auth login --token "$HF_TOKEN"
# ok: unpinned-model-in-script
git clone https://github.com/org/name
# ok: unpinned-model-in-script
vllm serve models/name
