select concat('{"states":',
  (select concat('{"totalCount":',
      (select count(*) from state t1 where true and t1."id" in 
        (select m.state_id from membership m where m.organisation_id = 
          (select o.id from organisation o where o.key = ?) and m."status" in ('MEMBER') and true) and (t1."id" in 
          (select m.state_id from membership m where m.organisation_id = 
            (select o.id from organisation o where o.key = ?) and m."status" in ('MEMBER') and true)) is not true),',"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"name":',json_quote(t1."name"),'}'),',' order by t1."name",t1."key") as l0 from 
      (select t1."key",t1."name" from state t1 where true and t1."id" in 
        (select m.state_id from membership m where m.organisation_id = 
          (select o.id from organisation o where o.key = ?) and m."status" in ('MEMBER') and true) and (t1."id" in 
          (select m.state_id from membership m where m.organisation_id = 
            (select o.id from organisation o where o.key = ?) and m."status" in ('MEMBER') and true)) is not true order by t1."name",t1."key" limit ?+0) t1) q1),',"memberships":',
  (select concat('{"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"key":',json_quote(t1."key"),',"period":',concat('{"text":',json_quote(t1."period_text"),'}'),'}'),',' order by t1."start_latest",t1."key") as l0 from 
      (select t1."key",t1."period_text",t1."start_latest" from membership t1 where true and t1."organisation_id" in 
        (select k.id from organisation k where k.key = ?) and (t1."end_earliest" < ? and (t1."start_earliest" <= ? and t1."end_latest" >= ? and t1."floor" <= ?) is not true or t1."status" in ('SUSPENDED','OBSERVER')) order by t1."start_latest",t1."key" limit ?+0) t1) q1),'}'),
(select h.revision from head h)
