/* A whole file, new, replaced or deleted; a warming schedule is one of them. */
#include "act/act.h"

const struct actuator actuator_file_whole = {
        .kind = CHANGE_file_whole,
        .precheck = file_precheck,
        .do_ = file_do,
        .read_back = file_read_back,
        .undo = file_undo,
        .classify = file_classify,
};

const struct actuator actuator_schedule = {
        .kind = CHANGE_schedule,
        .precheck = file_precheck,
        .do_ = file_do,
        .read_back = file_read_back,
        .undo = file_undo,
        .classify = file_classify,
};
