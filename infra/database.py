"""RDS Postgres, and the secrets of its three roles."""

from __future__ import annotations

import json

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2, aws_rds as rds, aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.acknowledge import acknowledge, main_resource
from infra.network import POSTGRES, Network
from infra.stages import Stage

OWNER_ROLE = "storyreel_owner"
PROXY_PERCENT = 80
"""How many of Postgres's connections RDS Proxy may take. The schema's owner and people come without it."""

API_ROLE = "storyreel_api"
"""The role that row-level security binds; the migrations create it with the secret's password."""

OPERATOR_ROLE = "storyreel_operator"
"""The role of the deployment's own chores, made in the same way."""

_NOT_IN_PASSWORDS = " %+~`#$&*()|[]{}:;<>?!'/@\"\\"


class Database(Construct):
    """`admin_secret` is the schema owner's; the others are named by their roles: JSON with `username` and
    `password`.
    """

    name = "storyreel"

    def __init__(self, scope: Construct, name: str, *, stage: Stage, network: Network) -> None:
        super().__init__(scope, name)
        self.uses_roles: list[Construct] = []
        """What logs in by itself, as roles that the first migration makes: until then it would fail."""

        self.rotating: list[str] = []
        """The names of AWS's functions that replace the passwords."""

        self.instance = self._instance(stage, network)
        if self.instance.secret is None:
            raise RuntimeError("RDS made no secret for the schema's owner.")
        self.admin_secret: secretsmanager.ISecret = self.instance.secret
        generated = self._generated()
        generated.apply_removal_policy(_removal(stage))
        _acknowledge_login(generated, OWNER_ROLE, stage)
        self.api_secret = self._login("ApiSecret", API_ROLE, stage)
        self.operator_secret = self._login("OperatorSecret", OPERATOR_ROLE, stage)
        if stage.rotate_passwords_days is not None:
            self._rotate(network, cdk.Duration.days(stage.rotate_passwords_days))
        self.proxy = self._proxy(network) if stage.proxy else None
        self._acknowledge(stage)

    @property
    def logins(self) -> list[Construct]:
        """The server, and the finished secrets: what migrations need, and nothing that needs them."""
        needed = (self.instance, self.admin_secret, self.api_secret, self.operator_secret)
        return [main_resource(each) for each in needed]

    @property
    def host(self) -> str:
        """Where the API's role connects to."""
        return self.instance.db_instance_endpoint_address if self.proxy is None else self.proxy.endpoint

    def _generated(self) -> secretsmanager.Secret:
        """The secret that RDS's construct made; the instance itself has it with the database's address."""
        generated = self.instance.node.find_child("Secret")
        if not isinstance(generated, secretsmanager.Secret):
            raise TypeError("RDS's construct made no secret.")
        return generated

    def _login(self, name: str, role: str, stage: Stage) -> secretsmanager.ISecret:
        """A generated password. Who replaces it finds in the secret where the database is."""
        secret = secretsmanager.Secret(
            self,
            name,
            description=f"The login of {role} to Postgres",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({"username": role}),
                generate_string_key="password",
                password_length=40,
                exclude_punctuation=True,
            ),
            removal_policy=_removal(stage),
        )
        _acknowledge_login(secret, role, stage)
        return secret if stage.rotate_passwords_days is None else secret.attach(self.instance)

    def _proxy(self, network: Network) -> rds.DatabaseProxy:
        """RDS Proxy for the API's role: functions come and go, Postgres's connections stay.

        It gives a connection to whoever begins a transaction, as long as no session leaves anything behind:
        ours set the caller with `set_config(…, true)`, which ends with the transaction, take advisory locks
        of a transaction alone, and prepare nothing.
        """
        group = ec2.SecurityGroup(
            self, "ProxyGroup", vpc=network.vpc, description="RDS Proxy", allow_all_outbound=False
        )
        network.functions.connections.allow_to(group, POSTGRES, "RDS Proxy")
        proxy = rds.DatabaseProxy(
            self,
            "Proxy",
            db_proxy_name=cdk.Stack.of(self).stack_name,
            # It lets the proxy into Postgres, too: a second rule of the same kind would be refused.
            proxy_target=rds.ProxyTarget.from_instance(self.instance),
            secrets=[self.api_secret],
            client_password_auth_type=rds.ClientPasswordAuthType.POSTGRES_SCRAM_SHA_256,
            require_tls=True,
            vpc=network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[group],
            max_connections_percent=PROXY_PERCENT,
            # Who finds none free waits so long, and answers 503 then: less than API Gateway's 29 s.
            borrow_timeout=cdk.Duration.seconds(10),
        )
        target = main_resource(proxy.node.find_child("ProxyTargetGroup"))
        target.node.add_dependency(group)  # CloudFormation waits until the proxy has logged in
        self.uses_roles.append(target)
        return proxy

    def _rotate(self, network: Network, every: cdk.Duration) -> None:
        """Let AWS's own functions replace the passwords. They stand in the same subnets as ours."""
        group = ec2.SecurityGroup(
            self,
            "Rotation",
            vpc=network.vpc,
            description="Replacement of passwords",
            allow_all_outbound=False,
        )
        network.let_out(group, "Secrets Manager")
        logins = {
            "OwnerRotation": self.admin_secret,
            "ApiRotation": self.api_secret,
            "OperatorRotation": self.operator_secret,
        }
        for name, secret in logins.items():
            rotation = secretsmanager.SecretRotation(
                self,
                name,
                application=secretsmanager.SecretRotationApplication.POSTGRES_ROTATION_SINGLE_USER,
                secret=secret,
                target=self.instance,
                vpc=network.vpc,
                vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
                security_group=group,
                automatically_after=every,
                # Not with each deployment; the first one's only tries the login.
                rotate_immediately_on_update=False,
                exclude_characters=_NOT_IN_PASSWORDS,
            )
            self.rotating.append(cdk.Names.unique_id(rotation))
            self.uses_roles.append(main_resource(secret.node.find_child("RotationSchedule")))

    def _instance(self, stage: Stage, network: Network) -> rds.DatabaseInstance:
        # The major version alone: RDS chooses the minor one and keeps it patched.
        engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_18)
        return rds.DatabaseInstance(
            self,
            "Instance",
            engine=engine,
            instance_type=ec2.InstanceType(stage.database_instance),
            database_name=self.name,
            credentials=rds.Credentials.from_generated_secret(
                OWNER_ROLE, exclude_characters=_NOT_IN_PASSWORDS
            ),
            parameter_group=rds.ParameterGroup(
                self,
                "Parameters",
                engine=engine,
                description="TLS for everybody, and as many connections as are counted on",
                parameters={"rds.force_ssl": "1", "max_connections": str(stage.database_connections)},
                removal_policy=cdk.RemovalPolicy.DESTROY,
            ),
            ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
            vpc=network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[network.database],
            publicly_accessible=False,
            multi_az=stage.database_multi_az,
            storage_encrypted=True,
            storage_type=rds.StorageType.GP3,
            allocated_storage=stage.database_storage_gb,
            max_allocated_storage=stage.database_max_storage_gb,
            backup_retention=cdk.Duration.days(stage.database_backup_days),
            delete_automated_backups=not stage.keep_data,
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            deletion_protection=stage.keep_data,
            removal_policy=cdk.RemovalPolicy.SNAPSHOT if stage.keep_data else cdk.RemovalPolicy.DESTROY,
        )

    def _acknowledge(self, stage: Stage) -> None:
        acknowledge(
            self.instance,
            "Who may connect is a matter of security groups and TLS, not of an unusual port.",
            "AwsSolutions-RDS11",
        )
        acknowledge(
            self.instance,
            "CloudWatch's metrics of the instance and the alarms on them say enough for one database.",
            "CKV_AWS_118",
        )
        acknowledge(
            self.instance,
            "Its roles have generated passwords; IAM's tokens of 15 minutes would make every connection wait "
            "for one.",
            "CKV_AWS_161",
        )
        if not stage.keep_data:
            acknowledge(
                self.instance,
                "A stage to try things on may be down while RDS repairs it.",
                *("AwsSolutions-RDS3", "CKV_AWS_157"),
            )
            acknowledge(
                self.instance, "A stage to try things on is made to be destroyed.", "AwsSolutions-RDS10"
            )


def _removal(stage: Stage) -> cdk.RemovalPolicy:
    """Of a login: the database's last snapshot still asks for it."""
    return cdk.RemovalPolicy.RETAIN if stage.keep_data else cdk.RemovalPolicy.DESTROY


def _acknowledge_login(secret: secretsmanager.ISecret, role: str, stage: Stage) -> None:
    acknowledge(
        secret,
        f"The password of {role} is encrypted with the account's key for Secrets Manager: a key of our own "
        "would cost a dollar a month and open to the same functions.",
        "CKV_AWS_149",
    )
    if stage.rotate_passwords_days is None:
        acknowledge(
            secret,
            f"A stage to try things on keeps the generated password of {role}: it opens a database that "
            "nothing but the functions can reach.",
            "AwsSolutions-SMG4",
        )
