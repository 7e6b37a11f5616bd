# A decoupled model, from the script that captured triton/testdata/goldens.
import numpy as np
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):  # INPUT0 = [n]: n responses, then the final flag
        for r in requests:
            n, s = int(pb_utils.get_input_tensor_by_name(r, "INPUT0").as_numpy().flat[0]), r.get_response_sender()
            for i in range(n):
                s.send(pb_utils.InferenceResponse([pb_utils.Tensor("OUTPUT0", np.array([i], np.float32))]))
            s.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
