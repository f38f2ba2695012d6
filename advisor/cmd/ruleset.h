/* The rules as this user has them: the built-in ones and those of rules.dirs of a trusted configuration. */
#pragma once
#include "cmd/cmd.h"
#include "rule/rule.h"

int app_rules(struct app *app, struct ruleset *set, struct err *err);
