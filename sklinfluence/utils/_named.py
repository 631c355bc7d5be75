"""Parameters that may be given by name, whose own parameters can still be set."""


class NamedParametersMixin:
    """Replace a name by the instance it stands for when it needs parameters.

    With ``method="vif"``, ``set_params(method__damping=1.0)`` first makes ``method``
    the instance that "vif" stands for, so that grid searches reach into defaults.
    """

    #: Classes by name, for each parameter that may be given by name.
    _named = {}

    def set_params(self, **params):
        """Set parameters, nested ones included.

        Parameters
        ----------
        **params : dict
            Parameters; ``method__damping`` sets a parameter of the method.

        Returns
        -------
        self
            The estimator.
        """
        for name, classes in self._named.items():
            value = params.get(name, getattr(self, name))
            nested = any(key.startswith(f"{name}__") for key in params)
            if nested and isinstance(value, str) and value in classes:
                params[name] = classes[value]()
        return super().set_params(**params)
