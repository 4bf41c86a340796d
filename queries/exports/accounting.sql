-- Of the files, rows and cuts on disk, how many does each panel show, and why not the others?
--
-- grain: one row per panel and reason (panel, reason)
-- reads: exports/cuts, exports/files, exports/findings, exports/absent
-- all groups: a file holds everybody
-- columns:
--   panel        figure or table of the Exports page
--   unit         what is counted
--   n_read       cuts, files, findings or gaps
--   n_shown      of them, those that the panel shows
--   reason       why others are not shown; - for those who are
--   n_set_aside  not shown for this reason

with panels as (

    select 'cuts' as panel, 'cuts' as unit, null as reason from exports_cuts
    union all
    select 'size', 'cuts', if(status = 'refused', 'refused', null) from exports_cuts
    union all
    select 'files', 'files', null from exports_files
    union all
    select 'findings', 'findings', null from exports_findings
    union all
    select 'absent', 'tables and columns', null from exports_absent

)

select
    panel,
    unit,
    n_read,
    n_shown,
    reason,
    n_set_aside
from accounted('panels')
order by panel, reason
