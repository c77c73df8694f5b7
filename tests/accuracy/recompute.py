"""Error rates from scores, and searches from templates, by numpy alone: python recompute.py SCORES.npz TEMPLATES.npz"""

import json
import sys

import numpy as np

scores, templates = np.load(sys.argv[1]), np.load(sys.argv[2])
score, mated = scores["score"], scores["mated"]
one, two, names = scores["first_photo"], scores["second_photo"], templates["subjects"]
exact = np.clip((templates["references"].astype(float) @ templates["references"].T)[one, two], -1, 1)
_, sizes = np.unique(names, return_counts=True)
answer = {
    "pairs_twice": len(one) - len(np.unique(np.minimum(one, two) * np.int64(len(names)) + np.maximum(one, two))),
    "labels_wrong": int(((names[one] == names[two]) != mated).sum()),
    "mated": int(mated.sum()), "mated_by_labels": int((sizes * (sizes - 1) // 2).sum()),
    "non_mated": int((~mated).sum()), "largest_error_of_a_score": float(np.abs(exact - score).max()),
}  # fmt: skip
falling, own = np.sort(score[~mated])[::-1], score[mated]
for rate in (1e-2, 1e-3, 1e-4, 1e-5):  # the lowest threshold that at most this share of strangers reaches
    limit = np.nextafter(falling[round(rate * len(falling))], np.float32(2))
    answer[f"{rate:g}"] = [float(limit), int((falling >= limit).sum()), int((own < limit).sum())]
steps = np.unique(score)  # both rates at every score that occurs
fmr = 1 - np.searchsorted(falling[::-1], steps) / len(falling)
fnmr = np.searchsorted(np.sort(own), steps) / len(own)
answer["equal_error_rate"] = float((fmr + fnmr)[np.abs(fmr - fnmr).argmin()] / 2)
own, falling = [], []
for draw in range(templates["draws"]):  # one reference each: the best other must not reach the right one
    enrolled, asked, strangers = (templates[f"{role}_{draw}"] for role in ("enrolled", "asked", "strangers"))
    found = np.clip(templates["probes"][asked] @ templates["references"][enrolled].T, -1, 1)
    right = names[asked][:, None] == names[enrolled][None, :]
    best_other = np.where(right, -np.inf, found).max(axis=1)
    own.append(np.where(found[right] > best_other, found[right], -np.inf))
    falling.append((templates["probes"][strangers] @ templates["references"][enrolled].T).max(axis=1))
own, falling = np.concatenate(own), np.sort(np.concatenate(falling))[::-1]
answer["not_first"] = int(np.isneginf(own).sum())
for rate in (1e-1, 1e-2):
    limit = np.nextafter(falling[int(rate * len(falling))], np.float32(2))
    answer[f"search_{rate:g}"] = [int((falling >= limit).sum()), int((own < limit).sum())]
json.dump(answer, sys.stdout)
