#!/bin/bash
# ok: unpinned-model-in-script
git clone https://huggingface.co/org/name
git -C name checkout 5d2f9d4a1c3b7e8f60718293a4b5c6d7e8f90a1b
