# Reference values of coxph.json: Cox models fitted with R 4.2.2, survival 3.5-3.
#
# To regenerate, from the root of the project:
#   inputs=$(python tests/estimators/reference/make_inputs.py)
#   Rscript tests/estimators/reference/coxph.R "$inputs" \
#     > tests/estimators/reference/coxph.json

suppressMessages(library(survival))
folder <- commandArgs(trailingOnly = TRUE)[1]
read <- function(name) read.csv(file.path(folder, paste0(name, ".csv")))

# A JSON writer: one line per vector or row of a matrix, 17 significant digits
# where 15 do not give the number back.
json <- function(x, indent = "") {
  deeper <- paste0(indent, " ")
  wrap <- function(items, open, close)
    paste0(open, "\n", paste0(deeper, items, collapse = ",\n"), "\n", indent, close)
  if (is.list(x))
    wrap(sprintf("\"%s\": %s", names(x), sapply(x, json, deeper)), "{", "}")
  else if (is.matrix(x)) wrap(apply(x, 1, function(row) json(I(row))), "[", "]")
  else {
    short <- if (is.character(x)) sprintf("\"%s\"", x) else sprintf("%.15g", x)
    items <- if (is.character(x)) short else
      ifelse(as.numeric(short) == x, short, sprintf("%.17g", x))
    if (length(x) == 1 && !inherits(x, "AsIs")) items
    else paste0("[", paste(items, collapse = ", "), "]")
  }
}

# R warns that eps should exceed toler.chol: here both are only to be out of the way.
control <- suppressWarnings(
  coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-14, timefix = FALSE)
)
ties <- c(breslow = "breslow", efron = "efron")

# `response` is the text of a Surv(); `strata` names a column.
fit <- function(data, response, columns, method, weights = rep(1, nrow(data)),
                strata = NULL) {
  terms <- c(columns, if (!is.null(strata)) sprintf("strata(%s)", strata))
  data$w_ <- weights
  coxph(reformulate(terms, str2lang(response)), data, weights = w_, ties = method,
        robust = FALSE, control = control, x = TRUE, model = TRUE)
}
values <- function(model, variance = FALSE)
  c(list(coef = I(unname(coef(model))), se = I(unname(sqrt(diag(vcov(model))))),
         loglik = model$loglik),  # at zero, at coef
    if (variance) list(var = unname(vcov(model))))
# Both ways of handling ties of one specification.
both <- function(data, response, columns, variance = FALSE, ...)
  c(list(response = response, columns = I(columns)),
    lapply(ties, function(m)
      values(fit(data, response, columns, m, ...), variance)))

# Cumulative baseline hazard (every covariate zero) at `times`, and the survival
# curves of `rows` of the data; survfit's ctype follows the fit's ties (1 Breslow,
# 2 Efron). With strata: the baseline of each, a row's curve in its own stratum.
curves <- function(data, response, columns, method, times, rows, strata = NULL) {
  model <- fit(data, response, columns, method, strata = strata)
  at <- function(new, what)
    summary(survfit(model, newdata = new, se.fit = FALSE), times = times,
            extend = TRUE)[[what]]
  zero <- data[1, ]
  zero[columns] <- 0
  levels <- if (is.null(strata)) NULL else sort(unique(data[[strata]]))
  hazard <- if (is.null(strata)) list(cumhaz = I(c(at(zero, "cumhaz")))) else
    list(levels = levels, cumhaz = t(sapply(levels, function(level) {
      zero[strata] <- level
      c(at(zero, "cumhaz"))
    })))
  c(hazard, list(surv = t(sapply(rows, function(i) c(at(data[i, ], "surv"))))))
}

# 1-3, 6. Recidivism.
rossi <- read("rossi")
covariates <- c("fin", "age", "race", "wexp", "mar", "paro", "prio")
within_race <- setdiff(covariates, "race")
week <- "Surv(week, arrest)"
times <- c(1, 8, 17, 26, 37, 52)
rossi_curves <- function(columns, strata = NULL)
  c(list(columns = I(columns), times = times, rows = 0:2),  # rows from 0
    lapply(ties, function(m)
      curves(rossi, week, columns, m, times, 1:3, strata)))
rossi_weights <- 1 + (seq_len(nrow(rossi)) - 1) %% 3

# 4. Lung: rows complete in every column used.
lung_columns <- c("age", "sex", "ph.ecog", "wt.loss")
lung <- read("lung")
lung <- lung[complete.cases(lung[c("time", "status", lung_columns)]), ]

# Beyond these: larger data with start times, and with three strata.
stanford <- read("stanford")
gbsg2 <- read("gbsg2")

# 5, 7, 8. Tiny.
tiny <- read("tiny")
x <- c("x1", "x2", "x3")
plain <- "Surv(time, event)"
left <- "Surv(entry, time, event)"

dfbeta <- function(weights) lapply(ties, function(m) unname(residuals(
  fit(tiny, plain, x, m, weights = weights), type = "dfbeta", weighted = TRUE)))
leave_one_out <- lapply(ties, function(m) t(sapply(seq_len(nrow(tiny)), function(i)
  unname(coef(fit(tiny[-i, ], plain, x, m))))))

# ridge(theta, scale = FALSE) maximises loglik - theta / 2 * sum(coef ^ 2).
ridge_coef <- function(theta, m) {
  tiny$theta_ <- theta
  model <- coxph(Surv(time, event) ~ ridge(x1, x2, x3, theta = theta, scale = FALSE),
                 tiny, ties = m, control = control)
  beta <- unname(coef(model))
  # Stationarity, with the score of an unpenalised fit stopped at `beta`.
  still <- coxph(Surv(time, event) ~ x1 + x2 + x3, tiny, ties = m, init = beta,
                 control = coxph.control(iter.max = 0, timefix = FALSE))
  score <- colSums(residuals(still, type = "score"))
  stopifnot(max(abs(score - theta * beta)) < 1e-9)
  I(beta)
}
ridge_values <- function(theta) lapply(ties, function(m) ridge_coef(theta, m))

cat(json(list(
  versions = list(R = as.character(getRversion()),
                  survival = as.character(packageVersion("survival"))),
  rossi = both(rossi, week, covariates),
  rossi_weights = c(list(weights = "1 + (row from 0) % 3"),
                    both(rossi, week, covariates, weights = rossi_weights)),
  rossi_strata = c(list(strata = "race"),
                   both(rossi, week, within_race, strata = "race")),
  lung = c(list(filter = "no missing value in time, status, age, sex, ph.ecog, wt.loss",
                n = nrow(lung), events = sum(lung$status)),
           both(lung, "Surv(time, status)", lung_columns)),
  stanford = both(stanford, "Surv(start, stop, event)",
                  c("age", "year", "surgery", "transplant")),
  gbsg2 = c(list(coding = "horTh: yes 1; menostat: Post 1", strata = "tgrade"),
            both(gbsg2, "Surv(time, cens)", c("horTh", "age", "menostat", "tsize",
                 "pnodes", "progrec", "estrec"), strata = "tgrade")),
  rossi_curves = rossi_curves(covariates),
  rossi_strata_curves = c(list(strata = "race"), rossi_curves(within_race, "race")),
  tiny = list(
    rows = as.list(tiny),
    plain = both(tiny, plain, x, TRUE),
    weights = both(tiny, plain, x, TRUE, weights = tiny$weight),
    entry = both(tiny, left, x, TRUE),
    entry_weights = both(tiny, left, x, TRUE, weights = tiny$weight),
    entry_strata = both(tiny, left, x, TRUE, strata = "stratum"),
    entry_weights_strata = both(tiny, left, x, TRUE, weights = tiny$weight,
                                strata = "stratum"),
    dfbeta = dfbeta(rep(1, nrow(tiny))),
    dfbeta_weights = dfbeta(tiny$weight),
    leave_one_out = leave_one_out,
    ridge = list(`1` = ridge_values(1), `10` = ridge_values(10))
  )
)), "\n", sep = "")
