<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->
<!-- For providers that pass domain XML through XSLT (dmacvicar/libvirt: xml { xslt = file("virtsched.xsl") }): puts
     profile='desktop' into domains that have no element of ours. On its own output it changes nothing. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
                xmlns:virtsched="https://virtsched.org/xmlns/libvirt/domain/1.0">
  <xsl:output omit-xml-declaration="yes"/>
  <xsl:param name="profile" select="'desktop'"/>

  <xsl:template name="element">
    <virtsched:scheduling profile="{$profile}"/>
  </xsl:template>

  <xsl:template match="node()|@*">
    <xsl:copy><xsl:apply-templates select="node()|@*"/></xsl:copy>
  </xsl:template>

  <xsl:template match="/domain/metadata[not(virtsched:scheduling)]">
    <xsl:copy><xsl:apply-templates select="node()|@*"/><xsl:call-template name="element"/></xsl:copy>
  </xsl:template>

  <xsl:template match="/domain[not(metadata)]">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
      <metadata><xsl:call-template name="element"/></metadata>
    </xsl:copy>
  </xsl:template>
</xsl:stylesheet>
