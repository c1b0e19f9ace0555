"""Imported before numpy: one thread for its linear algebra.

The matrices here are small. More threads would wait for each other and take the cores of other workers;
scaling out is Kafka's. A value that is set already is kept.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
