"""Types that a saved model may hold, besides those that skops trusts by itself."""

TRUSTED_TYPES = (
    # Plain data.
    "numpy.dtype",
    "sklearn.utils._bunch.Bunch",  # a dict; fitted voting and stacking
    # Fitted parts that hold numbers and compute with them.
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.multiclass._ConstantPredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    # HistGradientBoosting with categorical features keeps partial(check_array, ...); a partial
    # can hold only functions that are trusted themselves.
    "functools.partial",
    "sklearn.utils.validation.check_array",
    # Compiled code follows the node numbers in these without looking; skops leaves them out for
    # that reason. load_model looks itself, see _check_trees.
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
