select concat('{"formerMembers":',
  (select concat('{"totalCount":',
      (select count(*) from state t1 where true and t1."id" in 
        (select m.state_id from membership m where m.organisation_id = 
          (select o.id from organisation o where o.key = ?) and m."status" in ('MEMBER') and m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ?)),',"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"name":',json_quote(t1."name"),'}'),',' order by t1."name",t1."key") as l0 from 
      (select t1."key",t1."name" from state t1 where true and t1."id" in 
        (select m.state_id from membership m where m.organisation_id = 
          (select o.id from organisation o where o.key = ?) and m."status" in ('MEMBER') and m."start_latest" <= ? and m."end_earliest" >= ? and m."floor" <= ?) order by t1."name",t1."key" limit ?+0) t1) q1),',"everMembers":',
  (select concat('{"totalCount":',
      (select count(*) from state t1 where true and t1."id" in 
        (select m.state_id from membership m where m.organisation_id = 
          (select o.id from organisation o where o.key = ?) and m."status" in ('MEMBER') and true)),'}')),',"suspended":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"code":',json_quote(t1."key"),'}'),',' order by t1."name",t1."key") as l0 from 
      (select t1."key",t1."name" from state t1 where true and t1."id" in 
        (select m.state_id from membership m where m.organisation_id = 
          (select o.id from organisation o where o.key = ?) and m."status" in ('SUSPENDED') and true) order by t1."name",t1."key" limit ?+0) t1) q1),',"early":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"key":',json_quote(t1."key"),'}'),',' order by t1."start_latest",t1."key") as l0 from 
      (select t1."key",t1."start_latest" from membership t1 where true and t1."organisation_id" in 
        (select k.id from organisation k where k.key in (?,?)) and t1."state_id" in 
        (select k.id from state k where k.key = ?) and t1."start_earliest" < ? and t1."end_latest" > ? order by t1."start_latest",t1."key" limit ?+0) t1) q1),',"disputed":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"key":',json_quote(t1."key"),'}'),',' order by t1."start_latest",t1."key") as l0 from 
      (select t1."key",t1."start_latest" from membership t1 where true and t1."id" in 
        (select d.subject_id from disagreement d where d.kind = 'CONFLICT' and d."known_to" = 'infinity') order by t1."start_latest",t1."key" limit ?+0) t1) q1),',"presidents":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"key":',json_quote(t1."key"),'}'),',' order by t1."start_latest",t1."key") as l0 from 
      (select t1."key",t1."start_latest" from term t1 where true and t1."official_id" in 
        (select k.id from official k where instr(k.key,?) > 0) and t1."office_key" >= ? and t1."office_key" < ? order by t1."start_latest",t1."key" limit ?+0) t1) q1),',"attended":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"slug":',json_quote(t1."key"),'}'),',' order by t1."held_order",t1."key") as l0 from 
      (select t1."held_order",t1."key" from summit t1 where true and t1."city" = ? and t1."held_latest" > ? and t1."id" in 
        (select p.summit_id from participation p where p.attendance = 'ATTENDED' and (p.official_id in 
            (select o.id from official o where o.key = ?) or p.state_id in 
            (select s.id from state s where s.key = ?))) order by t1."held_order",t1."key" limit ?+0) t1) q1),',"laws":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"slug":',json_quote(t1."key"),'}'),',' order by t1."start_order",t1."key") as l0 from 
      (select t1."key",t1."start_order" from event t1 where true and t1."kind" in ('LEGISLATION','ARREST') and t1."id" in 
        (select l.event_id from event_state l where l."state_id" in 
          (select k.id from state k where k.key in (?,?))) order by t1."start_order",t1."key" limit ?+0) t1) q1),',"named":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"slug":',json_quote(t1."key"),'}'),',' order by t1."dated_earliest" desc,t1."key") as l0 from 
      (select t1."dated_earliest",t1."key" from article t1 where true and t1."publication_id" in 
        (select k.id from publication k where k.key = ?) and t1."id" in 
        (select m.article_id from mention m join record r on r.id = m.subject_id where r.key in (?,?) and m."known_to" = 'infinity') order by t1."dated_earliest" desc,t1."key" limit ?+0) t1) q1),',"cited":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"slug":',json_quote(t1."key"),'}'),',' order by t1."dated_earliest" desc,t1."key") as l0 from 
      (select t1."dated_earliest",t1."key" from article t1 where true and t1."issue_number" = ? and t1."id" in 
        (select c.article_id from citation c join record r on r.id = c.subject_id where r.type = ? and r.key = ?) order by t1."dated_earliest" desc,t1."key" limit ?+0) t1) q1),',"none":',
  (select concat('{"totalCount":',
      (select count(*) from organisation t1 where true and false),'}')),',"with":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"slug":',json_quote(t1."key"),'}'),',' order by t1."name",t1."key") as l0 from 
      (select t1."key",t1."name" from organisation t1 where true and t1."id" in 
        (select m.organisation_id from membership m join state s on s.id = m.state_id where s.key = ? and m.status = 'MEMBER') order by t1."name",t1."key" limit ?+0) t1) q1),',"node":',coalesce(
    (select v from 
      (select case t1."type" when 'Organisation' then 
        (select v from 
          (select concat('{"citations":',
              (select concat('{"nodes":',concat('[',q3.l0,']'),'}') from 
                (select string_agg(concat('{"value":',json_quote(t3."value"),'}'),',' order by t3."key") as l0 from 
                  (select t3."key",t3."value" from citation t3 where t3."subject_id" = t2."id" and t3."field" = ? and t3."stance" = 'SUPPORTS' and t3."verified" = false order by t3."key" limit ?+0) t3) q3),'}') as v from organisation t2 where t2."id" = t1."id") v) else '{}' end as v from record t1 where t1."type" = ? and t1."key" = ?) v),'null'),'}'),
(select h.revision from head h)
