"""The pages of cases."""

from __future__ import annotations

from django.urls import path

from touchline.server.care.views import acting, console, figures, fixes

urlpatterns = [
    path("w/<slug:slug>/cases", console.cases, name="cases"),
    path("w/<slug:slug>/cases/open", acting.opened, name="open-case"),
    path("w/<slug:slug>/cases/bulk", acting.bulk, name="bulk-cases"),
    path("w/<slug:slug>/cases/figures", figures.figures, name="case-figures"),
    path("w/<slug:slug>/cases/views", acting.save_view, name="save-case-view"),
    path("w/<slug:slug>/cases/views/<int:number>/remove", acting.remove_view, name="remove-case-view"),
    path("w/<slug:slug>/cases/hints", console.hinted, name="case-hints"),
    path("w/<slug:slug>/cases/hints/<int:number>/take", acting.take_hint, name="take-hint"),
    path("w/<slug:slug>/cases/fixes", fixes.fixes, name="fixes"),
    path("w/<slug:slug>/cases/fixes/new", fixes.make, name="make-fix"),
    path("w/<slug:slug>/cases/fixes/<int:number>", fixes.fix, name="fix"),
    path("w/<slug:slug>/cases/fixes/<int:number>/send", fixes.send, name="send-fix"),
    path("w/<slug:slug>/cases/<int:number>", console.case, name="case"),
    path("w/<slug:slug>/cases/<int:number>/change", acting.change, name="change-case"),
    path("w/<slug:slug>/cases/<int:number>/comment", acting.comment, name="comment-case"),
    path("w/<slug:slug>/cases/<int:number>/merge", acting.merge, name="merge-case"),
    path("w/<slug:slug>/cases/<int:number>/files", acting.attach, name="attach-file"),
    path("w/<slug:slug>/cases/<int:number>/files/<int:file>", console.file, name="case-file"),
    path("w/<slug:slug>/cases/<int:number>/files/<int:file>/remove", acting.detach, name="remove-file"),
]
