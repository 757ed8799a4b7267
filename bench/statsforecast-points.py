"""Point forecasts by statsforecast's AutoETS: JSON in on stdin {season, horizon, series}, JSON out on stdout."""

import json
import sys

import numpy as np
from statsforecast.models import AutoETS

request = json.load(sys.stdin)
horizon = request["horizon"]
points = []
for values in request["series"]:
    # ETS estimates no season longer than 24 periods.
    model = AutoETS(season_length=request["season"] if request["season"] <= 24 else 1)
    points.append(model.forecast(np.array(values, dtype=float), horizon)["mean"].tolist())
json.dump(points, sys.stdout)
