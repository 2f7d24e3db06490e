select concat('{"official":',coalesce(
    (select v from 
      (select concat('{"nationality":',coalesce(
            (select v from 
              (select concat('{"name":',json_quote(t2."name"),'}') as v from state t2 where t2."id" = t1."nationality_id") v),'null'),',"terms":',
          (select concat('{"nodes":',concat('[',q2.l0,']'),'}') from 
            (select string_agg(concat('{"office":',json_quote(t2."office"),',"organisation":',t2.c0,',"state":',t2.c1,',"period":',concat('{"text":',json_quote(t2."period_text"),',"start":',t2.c2,',"end":',t2.c3,'}'),',"plannedEnd":',t2.c4,',"endReason":',json_quote(t2."end_reason"),',"citations":',t2.c5,'}'),',' order by t2."start_latest",t2."key") as l0 from 
              (select t2.*,coalesce(
                  (select v from 
                    (select concat('{"acronym":',json_quote(t3."acronym"),'}') as v from organisation t3 where t3."id" = t2."organisation_id") v),'null') as c0,coalesce(
                  (select v from 
                    (select concat('{"code":',json_quote(t3."key"),'}') as v from state t3 where t3."id" = t2."state_id") v),'null') as c1,coalesce(
                  (select v from 
                    (select concat('{"edtf":',json_quote(t3."edtf"),',"precision":',json_quote(t3."precision"),'}') as v from partial_date t3 where t3."edtf" = t2."period_start") v),'null') as c2,coalesce(
                  (select v from 
                    (select concat('{"edtf":',json_quote(t3."edtf"),',"precision":',json_quote(t3."precision"),'}') as v from partial_date t3 where t3."edtf" = t2."period_end") v),'null') as c3,coalesce(
                  (select v from 
                    (select concat('{"edtf":',json_quote(t3."edtf"),',"text":',json_quote(t3."text"),'}') as v from partial_date t3 where t3."edtf" = t2."planned_end") v),'null') as c4,
                (select concat('{"nodes":',concat('[',q3.l0,']'),'}') from 
                  (select string_agg(concat('{"field":',json_quote(t3."field"),',"value":',json_quote(t3."value"),',"stance":',json_quote(t3."stance"),',"claim":',json_quote(t3."claim"),',"quote":',json_quote(case when t3."verified" then 
                          (select substr(p.text, t3."start_at" + 1, t3."end_at" - t3."start_at") from paragraph p where p.article_id = t3."article_id" and p.number = t3."paragraph") end),',"verified":',case t3."verified" when true then 'true' when false then 'false' else 'null' end,',"paragraph":',coalesce(cast(t3."paragraph" as text),'null'),',"article":',t3.c0,'}'),',' order by t3."key") as l0 from 
                    (select t3.*,
                      (select v from 
                        (select concat('{"headline":',json_quote(t4."headline"),',"publication":',
                            (select v from 
                              (select concat('{"name":',json_quote(t5."name"),'}') as v from publication t5 where t5."id" = t4."publication_id") v),',"issueNumber":',coalesce(cast(t4."issue_number" as text),'null'),'}') as v from article t4 where t4."id" = t3."article_id") v) as c0 from 
                      (select t3."article_id",t3."claim",t3."end_at",t3."field",t3."key",t3."paragraph",t3."stance",t3."start_at",t3."value",t3."verified" from citation t3 where t3."subject_id" = t2."id" order by t3."key" limit ?+0) t3 limit ?+0) t3) q3) as c5 from 
                (select t2."end_reason",t2."id",t2."key",t2."office",t2."organisation_id",t2."period_end",t2."period_start",t2."period_text",t2."planned_end",t2."start_latest",t2."state_id" from term t2 where t2."official_id" = t1."id" order by t2."start_latest",t2."key" limit ?+0) t2 limit ?+0) t2) q2),'}') as v from official t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
