"""A paper with everything on it that a paper can have."""

from datetime import UTC, datetime

from shared.paper.model import (
    Column,
    Field,
    Fields,
    Notes,
    Paper,
    Signature,
    Signatures,
    Table,
    Verification,
)

AT = datetime(2026, 3, 2, 1, 40, tzinfo=UTC)

EVIL = (
    '#read("/etc/passwd")', "#import \"@preview/x:0.1.0\": *", "= 标题", "$x^2$", "@ref", "<label>", "*粗* _斜_",
    "`code`", "\\u{41}", "// 注释", "/* 注释 */", "{{ 7*7 }}", "${jndi}", "&amp;<b>", "😀", "=1+1", "W" * 500,
)  # fmt: skip


def paper(text: str = "卫生间渗水", rows: int = 3, **changed: object) -> Paper:
    given: dict[str, object] = {
        "title": "派工单",
        "organisation": "恒信地产集团",
        "number": "编号：PG-1",
        "blocks": (
            Fields(((Field("投诉人", text), Field("电话", "")), (Field("内容", text, 4),))),
            Table((Column("时间"), Column("说明", 3)), tuple((f"第{row}行", text) for row in range(rows)), "处理经过"),
            Signatures((Signature("签发", "高峰", "2026-03-02 09:40", "代孙丽"), Signature("签收")), "签署"),
            Notes((text, "第二句"), "要求"),
        ),
        "verification": Verification("7K3M-Q9XT-2BHW-5A8R", "https://ccrm.example.com/verify/7K3M"),
        "footer": text,
    }
    return Paper(**{**given, **changed})  # type: ignore[arg-type]
