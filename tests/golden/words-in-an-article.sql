select concat('{"article":',coalesce(
    (select v from 
      (select concat('{"find":',case when 
          (select a.shown from text_access a) then case when exists 
          (select 1 from paragraph p where p.article_id = t1."id") then 
          (select concat('[',string_agg(v,',' order by o0,o1),']') from 
            (select concat('{"paragraph":',coalesce(cast(t2."number" as text),'null'),',"start":',coalesce(cast(t2."start_at" as text),'null'),',"end":',coalesce(cast(t2."end_at" as text),'null'),',"sha256":',json_quote(t2."sha256"),'}') as v,t2."number" as o0,t2."start_at" as o1 from (with recursive word_place as (
 select p.number, p.text, 1 as nth, instr(p.text, cast(? as text)) as place from paragraph p
 where p.article_id = t1."id" and instr(p.text, cast(? as text)) > 0
 union all
 select w.number, w.text, w.nth + 1, w.place + instr(substr(w.text, w.place + 1), cast(? as text))
 from word_place w where w.nth < 10 and instr(substr(w.text, w.place + 1), cast(? as text)) > 0)
 select w.number, w.place - 1 as start_at, w.place - 1 + length(cast(? as text)) as end_at, cast(? as text) as sha256
 from word_place w order by w.number, w.place limit 10) t2 where true) v) else 'null' end else concat('{"":"TEXT_WITHHELD"}') end,',"first":',case when 
          (select a.shown from text_access a) then case when exists 
          (select 1 from paragraph p where p.article_id = t1."id") then 
          (select concat('[',string_agg(v,',' order by o0,o1),']') from 
            (select concat('{"paragraph":',coalesce(cast(t2."number" as text),'null'),'}') as v,t2."number" as o0,t2."start_at" as o1 from (with recursive word_place as (
 select p.number, p.text, 1 as nth, instr(p.text, cast(? as text)) as place from paragraph p
 where p.article_id = t1."id" and instr(p.text, cast(? as text)) > 0
 union all
 select w.number, w.text, w.nth + 1, w.place + instr(substr(w.text, w.place + 1), cast(? as text))
 from word_place w where w.nth < 10 and instr(substr(w.text, w.place + 1), cast(? as text)) > 0)
 select w.number, w.place - 1 as start_at, w.place - 1 + length(cast(? as text)) as end_at, cast(? as text) as sha256
 from word_place w order by w.number, w.place limit 10) t2 where true) v) else 'null' end else concat('{"":"TEXT_WITHHELD"}') end,'}') as v from article t1 where t1."key" = ?) v),'null'),',"view":',(with article as not materialized 
    (select x.* from every_article x where x.known_from <= ? and x.dated_earliest <= coalesce(
        (select max(a.dated_earliest) from every_article a where a.dated_earliest > a.known_from and a.dated_earliest > ?), ?)) select concat('{"article":',coalesce(
        (select v from 
          (select concat('{"find":',case when 
              (select a.shown from text_access a) then case when exists 
              (select 1 from paragraph p where p.article_id = t1."id") then 
              (select concat('[',string_agg(v,',' order by o0,o1),']') from 
                (select concat('{"start":',coalesce(cast(t2."start_at" as text),'null'),'}') as v,t2."number" as o0,t2."start_at" as o1 from (with recursive word_place as (
 select p.number, p.text, 1 as nth, instr(p.text, cast(? as text)) as place from paragraph p
 where p.article_id = t1."id" and instr(p.text, cast(? as text)) > 0
 union all
 select w.number, w.text, w.nth + 1, w.place + instr(substr(w.text, w.place + 1), cast(? as text))
 from word_place w where w.nth < 10 and instr(substr(w.text, w.place + 1), cast(? as text)) > 0)
 select w.number, w.place - 1 as start_at, w.place - 1 + length(cast(? as text)) as end_at, cast(? as text) as sha256
 from word_place w order by w.number, w.place limit 10) t2 where true) v) else 'null' end else concat('{"":"TEXT_WITHHELD"}') end,'}') as v from article t1 where t1."key" = ?) v),'null'),'}')),'}'),
(select h.revision from head h)
