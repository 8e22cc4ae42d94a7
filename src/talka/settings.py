"""Django's settings, the same for SQLite and PostgreSQL; what an operator may choose is read in `environment`."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url

from talka import environment

ENVIRONMENT = environment.read()
HERE = Path(__file__).resolve().parent
# In a checkout the content lies beside src; an installed package carries it inside.
CONTENT = next((p for p in (HERE / "content", HERE.parent.parent / "content") if p.is_dir()), HERE / "content")

DATA = ENVIRONMENT.data
SITE_URL = ENVIRONMENT.url
# What statements call our people and things: it stays when the site moves to another address.
NAMES_URL = ENVIRONMENT.names_url
CONTENT_URL = ENVIRONMENT.content_url
SECRET_KEY = ENVIRONMENT.secret
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)
INNER_HOSTS = ENVIRONMENT.inner_hosts
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE = SITE_URL.startswith("https://")

INSTALLED_APPS = [
    # The house, upper floors first: a room's templates win over those of what it builds on.
    "talka.home",
    "talka.insight",
    "talka.curriculum",
    "talka.courses",
    "talka.surveys",
    "talka.records",
    "talka.skills",
    "talka.clusters",
    "talka.people",
    "talka.kit",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_tables2",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    # Content of packages is answered here, before anything of the site sees the request.
    "talka.courses.packages.door.Content",
    "talka.kit.middleware.Measure",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "talka.kit.middleware.ContentSecurity",
    "talka.people.middleware.OwnLanguageAndZone",
]

ROOT_URLCONF = "talka.urls"
WSGI_APPLICATION = "talka.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "talka.kit.context.shell",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "talka.kit.templatetags.kit"],
        },
    },
]

_database = dj_database_url.parse(ENVIRONMENT.database, conn_max_age=600)
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        # A writer takes the lock when its transaction begins, so that two never deadlock half-way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # FULL: what a person was told is saved survives a power cut.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA mmap_size=1073741824; PRAGMA temp_store=MEMORY;",
    }
    _database["CONN_MAX_AGE"] = None
DATABASES = {"default": _database}

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "talka", "OPTIONS": {"MAX_ENTRIES": 5000}},
    # What all processes share, without a query: see `kit.memory`.
    "shared": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA / "cache" / "shared",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
CSRF_FAILURE_VIEW = "talka.kit.views.refused_csrf"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
X_FRAME_OPTIONS = "SAMEORIGIN"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    # Signs nobody in: lets those who write courses into the editor.
    "talka.courses.staff.EditorAccess",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:today"
LOGOUT_REDIRECT_URL = "home:front"

ACCOUNT_ADAPTER = "talka.people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE

if ENVIRONMENT.mail:
    _mail = urlsplit(ENVIRONMENT.mail)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+tls", _mail.scheme == "smtp+ssl"
    EMAIL_TIMEOUT = 20
else:
    # Without mail every letter is kept as a file that the operator can open (`talka doctor` says so).
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA / "mail")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.mail_from

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "slow"]}}

LANGUAGE_CODE = ENVIRONMENT.language
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("lt", "Lietuvių"), ("es", "Español")]
LOCALE_PATHS = [HERE / "locale"]
TIME_ZONE = ENVIRONMENT.zone
USE_TZ = USE_I18N = True
FORMAT_MODULE_PATH = "talka.formats"

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "talka.courses.packages.players.PlayerFinder",
]
# Where npm put the players: beside the program in a checkout, or in the data folder.
NODE_MODULES = [HERE.parent.parent / "node_modules", DATA / "node_modules"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 60 * 60 * 24 * 365
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

WAGTAIL_SITE_NAME = "Talka"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAIL_I18N_ENABLED = True
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None

DJANGO_TABLES2_TEMPLATE = "kit/table.html"
FORM_RENDERER = "talka.kit.forms.Renderer"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
