-- Was the other cut delivered again, as if nothing happened in a trial that goes on?
--
-- grain: one row
-- compares: exports/files
-- reads: recruitment/participants
-- alone: compares with the cut before; if there is none, it is delivered for the first time
-- all groups: a file holds everybody
-- columns:
--   is_again  whether its tables are those of the other cut, byte by byte, and somebody is still in
--             screening, on treatment or in follow-up

select
    count(*) > 0
    and not exists (
        select sha256 from now_files
        where read_as is not null and sha256 not in (select sha256 from before_files)
    )
    and not exists (
        select sha256 from before_files
        where read_as is not null and sha256 not in (select sha256 from now_files)
    )
    and exists (
        select usubjid from recruitment_participants
        where status in ('in screening', 'on treatment', 'in follow-up')
    ) as is_again
from now_files
where read_as is not null
