/*
 * A line in a crontab file, marked "# perfadvise:NAME" at its end, by which it is found again. The file is made when absent and
 * removed by the undo. Percent signs are escaped and line breaks refused where the line is made (change/edit.c), since cron
 * turns a bare % into a line break.
 */
#include "act/act.h"

const struct actuator actuator_cron_line = {
        .kind = CHANGE_cron_line,
        .precheck = file_precheck,
        .do_ = file_do,
        .read_back = file_read_back,
        .undo = file_undo,
        .classify = file_classify,
};
