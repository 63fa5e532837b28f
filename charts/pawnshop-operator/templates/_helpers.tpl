{{/* The name of everything but the two roles below: with "-operations" behind it 63 characters, as a Service may have. */}}
{{- define "pawnshop-operator.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride }}
{{- else if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "pawnshop-operator.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Never managed-by=pawnshop-operator: by that label the operator knows the objects of its shops. */}}
{{- define "pawnshop-operator.labels" -}}
{{ include "pawnshop-operator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: pawnshop
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "pawnshop-operator.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* What a role is called, and what binds it, by how far the operator may look. */}}
{{- define "pawnshop-operator.role" -}}
{{ .Values.singleNamespace | ternary "Role" "ClusterRole" }}
{{- end }}

{{/* The role of every dispatcher. One name for all releases: the operator may bind this one alone. */}}
{{- define "pawnshop-operator.dispatcherRole" -}}
pawnshop-dispatcher
{{- end }}

{{/* Not empty where external metrics are served: a cluster has one server of them, and it needs rights everywhere. */}}
{{- define "pawnshop-operator.externalMetrics" -}}
{{ if and .Values.externalMetrics.enabled (not .Values.singleNamespace) }}true{{ end }}
{{- end }}

{{/* The Service and the Secret of external metrics. */}}
{{- define "pawnshop-operator.metricsName" -}}
{{ include "pawnshop-operator.fullname" . }}-metrics
{{- end }}
