#!/usr/bin/env python3
"""What an ordinary user of NVIDIA's client library does, over one protocol.

    client.py grpc|http HOST:PORT

Prints one line of JSON per step: its name and what came of it. The suite runs it
against the simulated fleet and against a real Triton, and compares.
"""
import json
import queue
import sys
import time

import numpy as np
from tritonclient.utils import InferenceServerException

protocol, address = sys.argv[1:]
if protocol == "grpc":
    import tritonclient.grpc as lib
else:
    import tritonclient.http as lib

MODEL, PIPELINE, UNKNOWN = "text_classifier", "search_pipeline", "no_such_model"
client = lib.InferenceServerClient(address)
as_json = {"as_json": True} if protocol == "grpc" else {}


def step(name, call):
    try:
        value = call()
    except InferenceServerException as e:
        value = {"error": e.message(), "status": e.status()}
    print(json.dumps([name, value], sort_keys=True), flush=True)
    return value


def wait(ready):
    end = time.time() + 20
    while client.is_model_ready(MODEL) != ready:
        if time.time() > end:
            raise RuntimeError(f"{MODEL} is not ready={ready}")
        time.sleep(0.05)


def tensor(values, dtype=np.float32, name="INPUT0", **kw):
    data = np.array(values, dtype=dtype)
    t = lib.InferInput(name, list(data.shape), {np.float32: "FP32", np.float64: "FP64"}[dtype])
    t.set_data_from_numpy(data, **kw)
    return t


def shown(result):
    r = result.get_response(as_json=True) if protocol == "grpc" else result.get_response()
    out = result.as_numpy("OUTPUT0")
    return {"version": r.get("model_version"), "model": r.get("model_name"), "id": r.get("id"), "values": out.tolist(), "shape": list(out.shape),
            "missing": result.as_numpy("NO_SUCH_OUTPUT") is None}


def infer(values=((1, 2, 3), (4, 5, 6)), model=MODEL, inputs=None, **kw):
    return lambda: shown(client.infer(model, inputs or [tensor(values)], **kw))


step("live", client.is_server_live)
step("ready", client.is_server_ready)
for args in ((MODEL,), (MODEL, "1"), (MODEL, "9"), (UNKNOWN,)):
    step(f"model ready {args}", lambda: client.is_model_ready(*args))
step("server metadata", lambda: client.get_server_metadata(**as_json))
for args in ((MODEL,), (MODEL, "1"), (PIPELINE,), (UNKNOWN,), (MODEL, "9")):
    step(f"metadata {args}", lambda: client.get_model_metadata(*args, **as_json))
for args in ((MODEL,), (MODEL, "1"), (PIPELINE,), (UNKNOWN,)):
    step(f"config {args}", lambda: client.get_model_config(*args, **as_json))

step("infer", infer())
step("infer version 1", infer(model_version="1"))
step("infer with an id", infer(request_id="my-id"))
step("infer with the output named", infer(outputs=[lib.InferRequestedOutput("OUTPUT0")]))
step("infer with an output that does not exist", infer(outputs=[lib.InferRequestedOutput("X")]))
step("infer with the ensemble", infer(model=PIPELINE))
step("infer with an unknown model", infer(model=UNKNOWN))
step("infer with an unknown version", infer(model_version="9"))
step("infer with a wrong rank", infer(values=(1, 2, 3)))
step("infer with too large a batch", infer(values=[[1]] * 17))
step("infer with a wrong type", infer(inputs=[tensor([[1.0]], np.float64)]))
step("infer with an unknown input", infer(inputs=[tensor([[1.0]], name="X")]))
if protocol == "http":
    step("infer in JSON", infer(inputs=[tensor([[1, 2]], binary_data=False)], outputs=[lib.InferRequestedOutput("OUTPUT0", binary_data=False)]))
    step("infer, gzip there and back", infer(request_compression_algorithm="gzip", response_compression_algorithm="gzip"))
    step("infer, deflate there", infer(request_compression_algorithm="deflate"))
    step("infer, asynchronously", lambda: shown(client.async_infer(MODEL, [tensor([[7.0]])]).get_result()))
else:
    answers = queue.Queue()
    client.async_infer(MODEL, [tensor([[7.0]])], callback=lambda result, error: answers.put((result, error)))
    step("infer, asynchronously", lambda: shown(answers.get(timeout=10)[0]))
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    for v in (1.0, 2.0):
        client.async_stream_infer(MODEL, [tensor([[v]])], request_id=str(v))
        step(f"infer in a stream {v}", lambda: shown(answers.get(timeout=10)[0]))
    client.async_stream_infer(UNKNOWN, [tensor([[1.0]])])
    step("infer in a stream, an unknown model", lambda: {"error": answers.get(timeout=10)[1].message()})
    client.stop_stream()

for args in ((MODEL,), (MODEL, "1"), (PIPELINE,), (), (UNKNOWN,)):
    step(f"statistics {args}", lambda: client.get_inference_statistics(*args, **as_json))
step("index", lambda: client.get_model_repository_index(**as_json))
step("unload", lambda: client.unload_model(MODEL))
wait(False)
step("infer while unloaded", infer())
step("infer while unloaded, version 1", infer(model_version="1"))
step("metadata while unloaded", lambda: client.get_model_metadata(MODEL, **as_json))
step("statistics while unloaded", lambda: client.get_inference_statistics(MODEL, **as_json))
step("load", lambda: client.load_model(MODEL))
step("model ready after the load", lambda: client.is_model_ready(MODEL))
step("infer after the load", infer())
step("load unknown", lambda: client.load_model(UNKNOWN))
step("unload unknown", lambda: client.unload_model(UNKNOWN))
client.close()
