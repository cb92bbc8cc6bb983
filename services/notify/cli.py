"""notify at the command line: sms check."""

import typer


def sms_commands() -> typer.Typer:
    """`ccrm sms …`."""
    app = typer.Typer(name="sms", help="短信网关", no_args_is_help=True)

    @app.callback()
    def sms() -> None:
        """短信网关。"""

    @app.command()
    def check() -> None:
        """短信网关设置，以及哪些消息还没有对应的短信模板。"""
        from services.notify.gateways.settings import opened, settings_of_environment
        from services.notify.usecases.mapped import unmapped
        from shared.kernel.clock import SystemClock
        from shared.policy.library import library
        from shared.run.settings import load

        settings = settings_of_environment()
        gateways, delivery = opened(settings, SystemClock())
        sms = gateways.get("sms")
        print(f"短信：{sms.name if sms else 'outbox（不外发，仅在消息页面可见）'}")
        print(f"其他渠道：{'、'.join(sorted(gateways.keys() - {'sms'}))}；依次改用：{'、'.join(delivery.fallbacks)}")
        missing = unmapped(delivery.templates, library(load().policy_dir))
        if "sms" not in delivery.needs_template:
            print("当前网关发送全文，不需要模板。")
            return
        for name in missing:
            print(f"未映射：{name}")
        if missing:
            print("以上消息将改用下一渠道。")
            raise typer.Exit(1)
        print("全部消息都有短信模板。")

    return app
