# The model of all cases, taken over unchanged in behaviour from the script that
# captured triton/testdata/goldens. The first input value chooses what happens:
#   -1 TritonError   -2 exception   -3 os._exit in the stub   -6 no response
#   <= -100 sleep |value| ms   else value * version
# Parameters: delay_s (each execution), load_s (initialize), fail (initialize raises).
import json, os, time
import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def initialize(self, args):
        cfg = json.loads(args["model_config"])
        p = {k: v["string_value"] for k, v in cfg.get("parameters", {}).items()}
        self.version, self.delay = float(args["model_version"]), float(p.get("delay_s", "0"))
        time.sleep(float(p.get("load_s", "0")))
        if p.get("fail"):
            raise RuntimeError(p["fail"])

    def execute(self, requests):
        time.sleep(self.delay)
        out = []
        for r in requests:
            x = pb_utils.get_input_tensor_by_name(r, "INPUT0").as_numpy()
            k = int(x.flat[0])
            if k == -1:
                out.append(pb_utils.InferenceResponse(error=pb_utils.TritonError("negative input")))
                continue
            if k == -2:
                raise ValueError("bad batch")
            if k == -3:
                os._exit(7)
            if k == -6:
                return []
            if k <= -100:
                time.sleep(-k / 1000.0)
            out.append(pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", (x * self.version).astype(np.float32))]))
        return out
