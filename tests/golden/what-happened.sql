select concat('{"events":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"slug":',json_quote(t1."key"),',"kind":',json_quote(t1."kind"),',"title":',json_quote(t1."title"),',"occurred":',concat('{"text":',json_quote(t1."period_text"),',"endKind":',json_quote(t1."end_kind"),'}'),',"place":',json_quote(t1."place"),',"summit":',t1.c0,',"organisations":',t1.c1,',"states":',t1.c2,',"officials":',t1.c3,'}'),',' order by t1."start_order",t1."key") as l0 from 
      (select t1.*,coalesce(
          (select v from 
            (select concat('{"slug":',json_quote(t2."key"),'}') as v from summit t2 where t2."id" = t1."summit_id") v),'null') as c0,
        (select concat('[',string_agg(v,',' order by o0),']') from 
          (select concat('{"slug":',json_quote(t2."key"),'}') as v,t2."position" as o0 from 
            (select x.*, l.position from organisation x join event_organisation l on l.organisation_id = x.id where l.event_id = t1."id") t2 where true) v) as c1,
        (select concat('[',string_agg(v,',' order by o0),']') from 
          (select concat('{"code":',json_quote(t2."key"),'}') as v,t2."position" as o0 from 
            (select x.*, l.position from state x join event_state l on l.state_id = x.id where l.event_id = t1."id") t2 where true) v) as c2,
        (select concat('[',string_agg(v,',' order by o0),']') from 
          (select concat('{"slug":',json_quote(t2."key"),'}') as v,t2."position" as o0 from 
            (select x.*, l.position from official x join event_official l on l.official_id = x.id where l.event_id = t1."id") t2 where true) v) as c3 from 
        (select t1."end_kind",t1."id",t1."key",t1."kind",t1."period_text",t1."place",t1."start_order",t1."summit_id",t1."title" from event t1 where true order by t1."start_order",t1."key" limit ?+0) t1 limit ?+0) t1) q1),',"official":',coalesce(
    (select v from 
      (select concat('{"summits":',
          (select concat('{"nodes":',concat('[',q2.l0,']'),'}') from 
            (select string_agg(concat('{"slug":',json_quote(t2."key"),'}'),',' order by t2."held_order",t2."key") as l0 from 
              (select t2."held_order",t2."key" from summit t2 where t2."id" in 
                (select p.summit_id from participation p where p.official_id = t1."id" and p.attendance = 'ATTENDED') order by t2."held_order",t2."key" limit ?+0) t2) q2),',"events":',
          (select concat('{"nodes":',concat('[',q2.l0,']'),'}') from 
            (select string_agg(concat('{"slug":',json_quote(t2."key"),'}'),',' order by t2."start_order",t2."key") as l0 from 
              (select t2."key",t2."start_order" from event t2 where t2."id" in 
                (select l.event_id from event_official l where l.official_id = t1."id") order by t2."start_order",t2."key" limit ?+0) t2) q2),',"mentionedIn":',
          (select concat('{"totalCount":',
              (select count(*) from article t2 where t2."id" in 
                (select m.article_id from mention m where m.subject_id = t1."id" and m."known_to" = 'infinity')),'}')),'}') as v from official t1 where t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
