-- Which adverse events did each patient have?
--
-- grain: one row per adverse event of an included patient (usubjid, event)
-- params: $cohort
-- columns:
--   usubjid              unique subject identifier
--   cohort               group at inclusion
--   event                number of the event for this patient: aeseq, or its place by start if
--                        a record of the patient has no aeseq
--   aeterm               the event as reported
--   term                 MedDRA preferred term; as reported if it is not coded
--   soc                  MedDRA system organ class; "not coded" if there is none
--   start_dtc            start, as collected
--   started_from         first day that start_dtc can mean
--   started_to           last day that start_dtc can mean
--   start_day            study day of the start; null unless known to the day
--   start_day_from       study day of started_from
--   start_day_to         study day of started_to
--   end_dtc              end, as collected; null if it lies after the cut
--   ended_from           first day that end_dtc can mean, but no day before the start
--   ended_to             last day that end_dtc can mean, but no day after the cut
--   end_day_from         study day of ended_from
--   end_day_to           study day of ended_to
--   course               ended, ongoing (recorded as such, or without an end and not recovered), or
--                        end not recorded
--   seen_on              last day for which an ongoing event is known: until when anything is
--                        known of the patient, as in person_time
--   seen_day             study day of seen_on
--   grade                1 to 5; null if not known
--   grade_from           what the grade is read from: grade; else death, which is grade 5; else
--                        severity, if that is all there is
--   is_serious           null if it is not recorded, or in words protocol.toml does not list, or as
--                        not serious although a criterion of seriousness is Y
--   serious_from         what that is read from: aeser, or a criterion of seriousness
--   has_serious_doubt    whether it is recorded as not serious, and a criterion of seriousness is Y
--   criteria             criteria of seriousness that are Y
--   is_grave             whether it was fatal or life-threatening; null if that is not recorded
--   aerel                relatedness to the treatment, as exported
--   is_related           null if aerel is missing, or a word that protocol.toml does not list
--   is_expected          expected for this product; null if not recorded
--   is_emergent          began on or after the first infusion; null if not known
--   emergent_from        what that is read from: the flag aetrtem, or dates
--   aesi                 categories of special interest, whatever the relatedness
--   aesi_from            what they are read from: the flag aesi, or the terms in protocol.toml
--   is_aesi              null if no flag says it either way, and the code that a category is
--                        defined by is missing, or a class that MedDRA does not have in English
--   infusion             number of the latest infusion before the start; null if none or not known
--   days_since_infusion  days from that infusion to the start; null unless both days are known
--   is_infusional        began within the hours that protocol.toml sets after an infusion began;
--                        null if not known, or not set
--   infusional_from      what that is read from: time, or day only (the day of an infusion or the
--                        days that the hours reach into)
--   is_by_first          whether it started by the first outcome day; null if not known
--   is_by_last           whether it started by the last outcome day; null if not known
--   aeacn                action taken with the treatment
--   aeout                outcome
--   aware_dtc            when the sponsor became aware of it; null if after the cut
--   reported_dtc         when it was reported to the authorities; null if after the cut

select
    adverse_events.usubjid,
    adverse_events.cohort,
    adverse_events.event,
    adverse_events.aeterm,
    adverse_events.term,
    adverse_events.soc,
    adverse_events.start_dtc,
    adverse_events.started_from,
    adverse_events.started_to,
    adverse_events.start_day,
    adverse_events.start_day_from,
    adverse_events.start_day_to,
    adverse_events.end_dtc,
    adverse_events.ended_from,
    adverse_events.ended_to,
    adverse_events.end_day_from,
    adverse_events.end_day_to,
    adverse_events.course,
    adverse_events.seen_on,
    adverse_events.seen_day,
    adverse_events.grade,
    adverse_events.grade_from,
    adverse_events.is_serious,
    adverse_events.serious_from,
    adverse_events.has_serious_doubt,
    adverse_events.criteria,
    adverse_events.is_grave,
    adverse_events.aerel,
    adverse_events.is_related,
    adverse_events.is_expected,
    adverse_events.is_emergent,
    adverse_events.emergent_from,
    adverse_events.aesi,
    adverse_events.aesi_from,
    adverse_events.is_aesi,
    adverse_events.infusion,
    adverse_events.days_since_infusion,
    adverse_events.is_infusional,
    adverse_events.infusional_from,
    adverse_events.is_by_first,
    adverse_events.is_by_last,
    adverse_events.aeacn,
    adverse_events.aeout,
    adverse_events.aware_dtc,
    adverse_events.reported_dtc
from adverse_events
join participants using (usubjid)
where $cohort is null or adverse_events.cohort = $cohort
order by included_from nulls last, usubjid, started_from nulls last, event
