{{- define "pawnshop.name" -}}
{{- $name := .Values.name | default .Release.Name }}
{{- if gt (len $name) 30 }}
{{- fail (printf "a shop's name has at most 30 characters, and %q has %d: set name" $name (len $name)) }}
{{- end }}
{{- $name }}
{{- end }}

{{- define "pawnshop.labels" -}}
app.kubernetes.io/name: pawnshop
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The Secret with the evaluation servers' URIs. */}}
{{- define "pawnshop.evaluation" -}}
{{ include "pawnshop.name" . }}-evaluation
{{- end }}
