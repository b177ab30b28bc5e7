"""The whole path through the pages, without a script: sign in, upload, draft, approve, done."""

import io
import zipfile

from tests.services.browsing import Person
from tests.services.calling import serving
from tests.services.nodes import Node


def test_a_roster_becomes_certificates_by_the_pages_alone(sqlite_node: Node) -> None:
    node = sqlite_node
    data, name = node.roster()
    order = node.order()
    with serving(node) as api:
        clerk = Person(api, "school-a-preparer").sign_in()
        form = clerk.open("/rosters/new").form("/rosters")
        report = form.send(
            clerk,
            file=(name, data),
            period=order.period,
            award_on=order.award_on,
            notice_place=order.notice_place,
            notice_from=order.notice_from,
            notice_to=order.notice_to,
        )
        assert "30 行" in report.text, report.text
        batch = report.form("/draft").send(clerk, note="请看九(3)班")
        assert batch.path.startswith("/batches/bat_"), batch.text
        assert not batch.has_form("/decision")

        head = Person(api, "school-a-approver").sign_in()
        assert batch.path in head.open("/work").links
        page = head.open(batch.path)
        assert "请看九(3)班" in page.text
        running = page.form("/decision").send(head, decision="approve", **head.proof())
        assert running.status == 200, running.text
        node.work()
        done = clerk.open(batch.path)
        assert "30 份证书已全部存证" in done.text or "30份证书已全部存证" in done.text
        paper = clerk.open(next(link for link in done.links if link.endswith("/paper")))
        files = next(link for link in paper.links if link.endswith("/files.zip"))
        with zipfile.ZipFile(io.BytesIO(clerk.client.get(files).content)) as archive:
            assert len(archive.namelist()) == 30
