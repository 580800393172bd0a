"""Times surface-distance and medpy on the two maps that bench/score-metrics.ts wrote: time_metrics.py FOLDER"""
import sys
import time

import nibabel
import numpy as np
import surface_distance
from medpy.metric import binary as medpy

truth, prediction = (nibabel.load(f"{sys.argv[1]}/{name}.nii.gz") for name in ("truth", "prediction"))
spacing = truth.header.get_zooms()
truth, prediction = np.asarray(truth.dataobj), np.asarray(prediction.dataobj)
for labels in ((1, 2), (2,)):
    a, b = np.isin(truth, labels), np.isin(prediction, labels)
    start = time.process_time()
    distances = surface_distance.compute_surface_distances(a, b, spacing)
    dice = surface_distance.compute_surface_dice_at_tolerance(distances, 1)
    print(f"labels {labels}: surface-distance {time.process_time() - start:.1f} s (surface Dice {dice:.6f})", flush=True)
    start = time.process_time()
    assd = medpy.assd(a, b, spacing)
    print(f"labels {labels}: medpy.assd alone {time.process_time() - start:.1f} s ({assd:.6f} mm)", flush=True)
