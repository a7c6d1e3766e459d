"""GET /api/docs."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from string import Template
from urllib.parse import quote

import aws_lambda_powertools

from shared.lambdas.endpoint import Call, endpoint
from shared.lambdas.http import Page

SWAGGER_UI = Path(aws_lambda_powertools.__file__).parent / "event_handler/openapi/swagger_ui"
"""Swagger UI (Apache-2.0) as Powertools ships it: the page loads nothing from elsewhere."""

ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<rect width="16" height="16" rx="3" fill="#16181d"/><path d="M6 4.5v7l6-3.5z" fill="#f4b860"/></svg>"""
"""In the page itself: a browser asks for /favicon.ico otherwise, which is not there."""

PAGE = Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Storyreel API</title>
<link rel="icon" href="data:image/svg+xml,$icon">
<style>$css</style>
<style>
body { margin: 0; background: #fafafa; }
.topbar { background: #16181d; color: #f4f1ea; padding: 18px max(20px, 50vw - 710px);
  font: 500 18px/1.4 system-ui, sans-serif; }
.topbar small { color: #b9b4a8; font-weight: 400; margin-left: 12px; }
/* The bar names the API, and there is one server: the one that this page comes from. */
.swagger-ui .info { margin: 24px 0; }
.swagger-ui .info .title, .swagger-ui .servers-title, .swagger-ui .servers { display: none; }
.swagger-ui .scheme-container { padding: 16px 0; }
.swagger-ui .info code, .swagger-ui .markdown code, .swagger-ui .renderedMarkdown code { padding: 0 4px; }
</style>
</head>
<body>
<div class="topbar">Storyreel
  <small>Press Authorize, paste your key (sk_live_…), and try any call.</small></div>
<div id="swagger-ui"></div>
<script nonce="$nonce">$javascript</script>
<script nonce="$nonce">
SwaggerUIBundle({
  url: $url, dom_id: "#swagger-ui", deepLinking: true, filter: true,
  persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
});
</script>
</body>
</html>
"""
)


@endpoint("GET", "/api/docs", anonymous=True, timeout_seconds=15)
def get_docs(call: Call) -> Page:
    """The documentation of the API, to read and to try out."""
    nonce = secrets.token_urlsafe(16)
    content = PAGE.substitute(
        css=(SWAGGER_UI / "swagger-ui.min.css").read_text(encoding="utf-8"),
        javascript=(SWAGGER_UI / "swagger-ui-bundle.min.js").read_text(encoding="utf-8"),
        icon=quote(ICON),
        nonce=nonce,
        url=json.dumps(call.url("/api/openapi.json")),
    )
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline';"
        " img-src 'self' data: https:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return Page(content, "text/html; charset=utf-8", headers={"Content-Security-Policy": policy})
