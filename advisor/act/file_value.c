/* One value in a source or configuration file: exact bytes, nothing else. */
#include "act/act.h"

const struct actuator actuator_file_value = {
        .kind = CHANGE_file_value,
        .precheck = file_precheck,
        .do_ = file_do,
        .read_back = file_read_back,
        .undo = file_undo,
        .classify = file_classify,
};
