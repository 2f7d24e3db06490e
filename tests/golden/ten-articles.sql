select concat('{"articles":',
  (select concat('{"totalCount":',
      (select count(*) from article t1 where true),',"nodes":',concat('[',q1.l0,']'),'}') from 
    (select string_agg(concat('{"slug":',json_quote(t1."key"),',"publication":',t1.c0,',"issueNumber":',coalesce(cast(t1."issue_number" as text),'null'),',"issuedOn":',t1.c1,',"datedOn":',t1.c2,',"yearInferred":',case t1."year_inferred" when true then 'true' when false then 'false' else 'null' end,',"knownFrom":',json_quote(t1."known_from"),',"place":',json_quote(t1."place"),',"author":',json_quote(t1."author"),',"paragraphs":',t1.c3,',"mentions":',t1.c4,'}'),',' order by t1."dated_earliest" desc,t1."key") as l0 from 
      (select t1.*,
        (select v from 
          (select concat('{"slug":',json_quote(t2."key"),'}') as v from publication t2 where t2."id" = t1."publication_id") v) as c0,case when t1."issued_on" is not null then concat('{"edtf":',json_quote(t1."issued_on"),'}') else 'null' end as c1,
        (select v from 
          (select concat('{"edtf":',json_quote(t2."edtf"),',"text":',json_quote(t2."text"),'}') as v from partial_date t2 where t2."edtf" = t1."dated_on") v) as c2,case when exists 
        (select 1 from paragraph p where p.article_id = t1."id") then 
        (select concat('[',string_agg(v,',' order by o0),']') from 
          (select concat('{"number":',coalesce(cast(t2."number" as text),'null'),'}') as v,t2."number" as o0 from paragraph t2 where t2."article_id" = t1."id") v) else 'null' end as c3,
        (select concat('[',string_agg(v,',' order by o0,o1,o2),']') from 
          (select concat('{"count":',coalesce(cast(t2."count" as text),'null'),'}') as v,-t2."count" as o0,
            (select r.type from record r where r.id = t2."subject_id") as o1,
            (select r.key from record r where r.id = t2."subject_id") as o2 from mention t2 where t2."article_id" = t1."id" and t2."known_to" = 'infinity') v) as c4 from 
        (select t1."author",t1."dated_earliest",t1."dated_on",t1."id",t1."issue_number",t1."issued_on",t1."key",t1."known_from",t1."place",t1."publication_id",t1."year_inferred" from article t1 where true order by t1."dated_earliest" desc,t1."key" limit ?+0) t1 limit ?+0) t1) q1),'}'),
(select h.revision from head h)
